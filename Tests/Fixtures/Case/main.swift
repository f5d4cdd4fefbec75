// Tries one conformance case in a process of its own, so that the tests of the cases need no host.

import Conformance
import Glibc
import Vox

// Comes as: --in-process-case ID --settings JSON LIBRARY
let words = CommandLine.arguments
guard words.count == 6, let settings = try? JSONValue(parsing: words[4]) else { exit(64) }
exit(Conformance.serve(caseID: words[2], library: words[5], Supplies(settings: settings)))
