"""In whose hands the trouble of a feed's rows is."""

from sqlmodel import Field, SQLModel


class RowCareRow(SQLModel, table=True):
    """Who has one trouble of a feed's rows, and who was called."""

    __tablename__ = "row_cares"

    subject: str = Field(primary_key=True)
    is_open: bool = Field(index=True)
    document: str
