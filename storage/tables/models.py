"""What a language model was asked and what it cost, by day."""

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel


class ModelDayRow(SQLModel, table=True):
    """One day of one person; the person stands there as a hash, which is enough to count."""

    __tablename__ = "model_days"

    day: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    calls: int
    tokens: int = Field(sa_column=Column(BigInteger, nullable=False))
    micros: int = Field(sa_column=Column(BigInteger, nullable=False))
