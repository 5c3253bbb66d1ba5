"""Words that are neither keywords of the tokenizer nor names: units, options, frame words."""

from __future__ import annotations

NOISE = frozenset(
    """
    year years month months day days hour hours minute minutes second seconds quarter week weeks
    microsecond microseconds millisecond milliseconds decade century millennium epoch dow doy isodow
    isoyear timezone timezone_hour timezone_minute julian both leading trailing first last nulls
    skip locked nowait share key update only rows range groups unbounded preceding following current
    exclude ties others no separator placing similar recursive materialized over within group filter
    ordinality conflict nothing do duplicate ignore replace rollback abort fail separator utf8 utf8mb4
    latin1 binary ascii unicode signed unsigned integer char int bigint smallint text varchar mode
    boolean natural language expansion query in sets cube rollup grouping window partition by of
    symmetric asymmetric zone time at local without with precision varying system bernoulli repeatable
    returning excluded matched then set values default tied row array lateral using next fetch rows
    indexed unlikely day_hour day_minute day_second day_microsecond hour_minute hour_second
    hour_microsecond minute_second minute_microsecond second_microsecond year_month percent
    low_priority high_priority delayed quick straight_join sql_no_cache sql_cache distinctrow
    sql_calc_found_rows sql_small_result sql_big_result sql_buffer_result force use index nfc nfd
    nfkc nfkd pg_catalog path nested error empty
    """.split()
)
