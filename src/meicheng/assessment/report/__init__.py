"""The printed report of a place's marks: one content, written as DOCX and as PDF."""

from .contents import Paper, Section, paper_of
from .docx import as_docx
from .pdf import as_pdf

__all__ = ["Paper", "Section", "as_docx", "as_pdf", "paper_of"]
