"""One emulator per provider."""
from ..emulator import Emulator
from .chatterbox import Chatterbox
from .claude import Claude
from .deepgram import Deepgram
from .n8n import N8N
from .openai import OpenAI
from .resemble import Resemble

PROVIDERS: dict[str, type[Emulator]] = {kind.provider: kind for kind in (Chatterbox, Claude, Deepgram, N8N, OpenAI, Resemble)}
