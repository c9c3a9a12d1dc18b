"""A configuration in the words of other tools: data contracts, loaders, and checkers of data quality."""

from config_gen.exports.contract import config_from_contract, contract_from
from config_gen.exports.dlt_schema import dlt_schema
from config_gen.exports.expectations import expectation_suite

__all__ = ["config_from_contract", "contract_from", "dlt_schema", "expectation_suite"]
