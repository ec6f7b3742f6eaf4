"""`translate` and `blocktranslate` as they are, but for what they look up: that is done once in each language.

A page says some sixty things, and a month writes a hundred thousand mails of five sentences each.
"""

from typing import Any

from django import template
from django.template.base import Node, Parser, Token, render_value_in_context
from django.template.context import Context
from django.templatetags.i18n import BlockTranslateNode, TranslateNode, do_block_translate, do_translate
from django.utils import translation

register = template.Library()


class Sentence(BlockTranslateNode):
    """A sentence without plural or context: its words by language, and the names of the values they hold."""

    def __init__(self, block: BlockTranslateNode) -> None:
        vars(self).update(vars(block))
        self.key, self.names = self.render_token_list(self.singular)
        self.words: dict[str | None, str] = {}

    def render(self, context: Context, nested: bool = False) -> str:
        """Write the sentence; one whose values or words are wrong, as Django does."""
        language = translation.get_language()
        if (words := self.words.get(language)) is None:
            words = self.words[language] = translation.gettext(self.key)
        own = {name: value.resolve(context) for name, value in self.extra_context.items()}
        try:
            values = {name: _written(own[name] if name in own else context[name], context) for name in self.names}
            return words % values
        except (KeyError, ValueError):
            return str(super().render(context, nested))


def _written(value: Any, context: Context) -> str:
    if isinstance(value, str) and not context.autoescape:
        return str(value)
    return render_value_in_context(value, context)


class Words(Node):
    """Words written in the template itself: in one language they are always the same."""

    def __init__(self, node: TranslateNode) -> None:
        self.asvar, node.asvar = node.asvar, None
        self.node = node
        self.words: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        """Write the words, or give them their name."""
        language = translation.get_language()
        if (words := self.words.get(language)) is None:
            words = self.words[language] = str(self.node.render(context))
        if not self.asvar:
            return words
        context[self.asvar] = words
        return ""


@register.tag("translate")
def words(parser: Parser, token: Token) -> Node:
    """Read words; those with a context or a filter, or of a variable, stay as Django makes them."""
    node = do_translate(parser, token)
    said = node.filter_expression
    is_plain = said.var.literal is not None and not said.filters and not node.message_context
    return Words(node) if is_plain else node


@register.tag("blocktranslate")
def sentence(parser: Parser, token: Token) -> BlockTranslateNode:
    """Read a sentence; one with a plural, a context or a name of its own stays as Django makes it."""
    block = do_block_translate(parser, token)
    is_plain = not (block.plural or block.message_context or block.asvar)
    return Sentence(block) if is_plain else block
