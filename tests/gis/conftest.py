"""Property tests are judged by their answers, never by their speed: the machine may be busy."""

from hypothesis import settings

settings.register_profile("wangge", deadline=None)
settings.load_profile("wangge")
