"""Messages that are stored say the same when they are read, in every language."""

import numpy as np
import pytest

from pilotsim.base.amounts import Amount, Probability, Share
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.message_storage import message_from_json, message_to_json
from pilotsim.base.messages import Message, join_messages
from pilotsim.language import translate

MESSAGES = (
    Message("nobody is treated; a comparison needs both arms"),
    Message("expected {wanted:,} rows; found {found:.1f}", wanted=12000, found=-0.25),
    Message("{sum}, {share:.1f}", sum=Amount(12345.678), share=Share(0.1234)),
    Message("{probability}, {sum}", probability=Probability(1.0), sum=Amount(np.nan)),
    Message("{count} of {size:.2f}", count=np.int64(12000), size=np.float64(0.125)),
    Message("shape {shape}, {is_known}, '{name}'", shape=(3, 2), is_known=True, name="æ{x}"),
    join_messages([Message("found {found}", found=Message("{x:.1f}", x=1.5)), "a text"], "; "),
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.template)
def test_a_stored_message_says_the_same_in_every_language(message, language):
    again = message_from_json(message_to_json(message))
    assert isinstance(again, Message)
    assert (again, again.template) == (message, message.template)
    assert translate(again, language) == translate(message, language)


def test_any_other_text_stays_a_text():
    again = message_from_json(message_to_json('{"template": "x"}'))
    assert again == '{"template": "x"}'
    assert not isinstance(again, Message)
