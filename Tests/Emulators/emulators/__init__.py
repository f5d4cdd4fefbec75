"""Emulators of the AI providers and tools: each speaks its vendor's wire protocol on loopback, fails on request and keeps a log."""
import os

# Each product of matrices is small: threads would wait for each other longer than they work. numpy reads this when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
