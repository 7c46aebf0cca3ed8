"""Every Slack limit that neo-slack relies on. Characters are counted by `chars.length`.

Source, unless a line says otherwise: Slack's Block Kit and Web API reference.
"""

# Messages
BLOCKS_PER_MESSAGE = 50
MARKDOWN_PER_MESSAGE = 12_000
"""Characters of all `markdown` blocks of one message together."""
TABLES_PER_MESSAGE = 1
"""A second one is answered with `invalid_attachments` or `only_one_table_allowed`."""
UPDATE_TEXT = 4_000
"""`text` of `chat.update`, else `msg_too_long`; what is posted may be updated later."""

# Text objects and blocks
TEXT_OBJECT = 3_000
SECTION_TEXT = 3_000
SECTION_FIELDS = 10
FIELD_TEXT = 2_000
HEADER_TEXT = 150
CONTEXT_ELEMENTS = 10
ACTIONS_ELEMENTS = 25
TABLE_ROWS = 100
TABLE_COLUMNS = 20
TABLE_CHARACTERS = 10_000
"""Of all cells of a message together. Undocumented for `table`; documented for `data_table`, and
reported by others for both."""
TABLE_CELL = 3_000
"""Ours to be careful: Slack documents none, and has been seen to take more. None may be empty."""

# Elements
BUTTON_TEXT = 75
BUTTON_URL = 3_000
ACTION_ID = 255
OPTION_TEXT = 75
OPTION_VALUE = 150
OVERFLOW_OPTIONS = 5
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30

# Modals
BLOCKS_PER_VIEW = 100
VIEW_TITLE = 24
"""The same for the labels of its two buttons."""
PRIVATE_METADATA = 3_000
CALLBACK_ID = 255
INPUT_LABEL = 2_000
INPUT_VALUE = 3_000

# Our own budgets
MESSAGE_TEXT = 12_000
"""Characters of all block text of one message. Undocumented: Slack was measured to refuse
(`msg_blocks_too_long`) somewhere between 13,172 and 13,297 characters."""
LONG_TEXT = 12_000
"""Beyond it an answer becomes a preview and a file."""
MESSAGES_PER_TEXT = 8
"""An answer that needs more (a table each, say) becomes a preview and a file as well."""
PREVIEW_TEXT = 3_000
"""Of a long answer, what its preview shows at most."""
