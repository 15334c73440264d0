"""What the program says: one file a language, and one way to write a number or a date.

How to say something:

- A phrase of a view, a heading, a verdict: add a key to each of `nb.toml`, `en.toml` and `sv.toml`
  (under the section of its view) and call ``say("key", language, count=3)``.
- A fault or a note: write it in English where it arises, as
  ``Message("expected {wanted}; found {found}", wanted=..., found=...)`` of
  `pilotsim.base.messages`, and add its translations by the English sentence under ``[messages]``
  of `nb.toml` and `sv.toml`. ``translate(message, language)`` says it, and
  ``translate_error(error, language)`` says what was raised with it. Nothing is put together from
  pieces of sentences: word order differs between languages.
- Help of a command or an option: write it in English there, and add its translations by the English
  text under ``[help]``, where the texts of click stand as well.
- A number, a date, a list: `pilotsim.language.numbers`.

A new language is one more file here and its code in `pilotsim.base.languages`. A test holds the
files to the same keys and parts, and to what the program asks for.
"""

from __future__ import annotations

from pilotsim.language.catalogue import say, translate, translate_error

__all__ = ["say", "translate", "translate_error"]
