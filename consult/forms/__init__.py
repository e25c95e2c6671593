"""XLSForm in and out: the sheets of a form as a Consultation, and a Consultation as sheets. See `docs/xlsform.md`.

Rule 1: pure: sheets are rows of text here; `consult.workbooks` and `consult.spreadsheets` know files.
Rule 2: `read` of what `write` gave has the same questions; whatever is not the same is a Loss with its place.
"""

from consult.forms.reading import definition, read
from consult.forms.values import FormError, Imported, Loss
from consult.forms.writing import write

__all__ = ["FormError", "Imported", "Loss", "definition", "read", "write"]
