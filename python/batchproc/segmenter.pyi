"""The class itself is in the stub of the package."""

from . import Segmenter as Segmenter
