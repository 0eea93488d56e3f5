//! Dates written in text, as `heliograph_model::audience::instant` reads them.
//!
//! PostgreSQL fails a whole query over one bad date, and SQLite takes the 31st of February for the 3rd of March. So each
//! engine only checks the shape, in its own way, and the rest is arithmetic that both share.

use super::Engine;

/// A query of one row with the one column `at`: the milliseconds since 1970 of the date in `text`, or null where it is
/// none.
pub(super) fn of(engine: Engine, text: &str) -> String {
    let shaped = match engine {
        Engine::Sqlite => {
            const DAY: &str = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]";
            const CLOCK: &str = "T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]";
            // After the seconds: what is left when the zone has been cut off is nothing, or a point and 1 to 9 digits.
            format!(
                "CASE WHEN raw GLOB '{DAY}' THEN raw \
                 WHEN raw GLOB '{DAY}{CLOCK}*' AND (raw GLOB '*Z' OR substr(raw, -6) GLOB '[+-][0-9][0-9]:[0-9][0-9]') \
                 AND (length(raw) = 19 + CASE WHEN raw GLOB '*Z' THEN 1 ELSE 6 END \
                 OR (substr(raw, 20, 1) = '.' \
                 AND length(raw) - 20 - CASE WHEN raw GLOB '*Z' THEN 1 ELSE 6 END BETWEEN 1 AND 9 \
                 AND substr(raw, 21, length(raw) - 20 - CASE WHEN raw GLOB '*Z' THEN 1 ELSE 6 END) \
                 NOT GLOB '*[^0-9]*')) THEN raw END"
            )
        }
        Engine::Postgres => {
            "CASE WHEN raw ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?\
                             (Z|[+-][0-9]{2}:[0-9]{2}))?$' THEN raw END"
                .to_owned()
        }
    };
    // Each step has a limit, which changes nothing but that neither engine merges it into the next: merged, the text would be
    // taken from its document dozens of times, and a count take thirty times as long.
    // 1: the text, where its shape is right. 2: how long its zone is. 3: the numbers in it. 4: the days since 1970, by the
    // usual count of a year from March (365 days, a leap day every 4 years, not every 100, but every 400).
    format!(
        "SELECT CASE WHEN y >= 1 AND mo BETWEEN 1 AND 12 AND d BETWEEN 1 AND \
         CASE WHEN mo = 2 THEN 28 + CASE WHEN y % 4 = 0 AND (y % 100 <> 0 OR y % 400 = 0) THEN 1 ELSE 0 END \
         WHEN mo IN (4, 6, 9, 11) THEN 30 ELSE 31 END \
         AND h <= 23 AND mi <= 59 AND s <= 59 AND zh <= 23 AND zm <= 59 THEN \
         (((365 * ym + ym / 4 - ym / 100 + ym / 400 + (153 * mm + 2) / 5 + d - 719469) * 24 + h) * 60 + mi) * 60000 \
         + s * 1000 + ms - sign * (zh * 60 + zm) * 60000 END AS at \
         FROM (SELECT *, y - CASE WHEN mo <= 2 THEN 1 ELSE 0 END AS ym, \
         mo + CASE WHEN mo <= 2 THEN 9 ELSE -3 END AS mm \
         FROM (SELECT CAST(substr(t, 1, 4) AS BIGINT) AS y, CAST(substr(t, 6, 2) AS BIGINT) AS mo, \
         CAST(substr(t, 9, 2) AS BIGINT) AS d, \
         CAST(CASE WHEN zone > 0 THEN substr(t, 12, 2) ELSE '0' END AS BIGINT) AS h, \
         CAST(CASE WHEN zone > 0 THEN substr(t, 15, 2) ELSE '0' END AS BIGINT) AS mi, \
         CAST(CASE WHEN zone > 0 THEN substr(t, 18, 2) ELSE '0' END AS BIGINT) AS s, \
         CAST(CASE WHEN length(t) - zone > 20 THEN substr(substr(t, 21, length(t) - 20 - zone) || '00', 1, 3) \
         ELSE '0' END AS BIGINT) AS ms, \
         CASE WHEN zone = 6 AND substr(t, length(t) - 5, 1) = '-' THEN -1 ELSE 1 END AS sign, \
         CAST(CASE WHEN zone = 6 THEN substr(t, length(t) - 4, 2) ELSE '0' END AS BIGINT) AS zh, \
         CAST(CASE WHEN zone = 6 THEN substr(t, length(t) - 1, 2) ELSE '0' END AS BIGINT) AS zm \
         FROM (SELECT t, CASE WHEN length(t) = 10 THEN 0 WHEN substr(t, length(t), 1) = 'Z' THEN 1 ELSE 6 END AS zone \
         FROM (SELECT {shaped} AS t FROM (SELECT {text} AS raw LIMIT 1) AS date1 LIMIT 1) AS date2 LIMIT 1) AS date3 LIMIT 1) \
         AS date4 LIMIT 1) AS date5 LIMIT 1"
    )
}
