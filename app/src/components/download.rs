//! Taking a table away.

use leptos::prelude::*;

use super::{Icon, IconName};

/// A link that saves a table as CSV. The file is in the link itself, so it holds what the page shows, and works without
/// any script.
#[component]
pub fn DownloadCsv(
    /// What the file is called, without its ending.
    #[prop(into)]
    name: String,
    /// What is in it, for screen readers: "Figures by day".
    #[prop(into)]
    what: String,
    /// Its rows, the head first.
    rows: Vec<Vec<String>>,
) -> impl IntoView {
    let href = format!("data:text/csv;charset=utf-8,{}", percent_encoded(&csv(&rows)));
    view! {
        <a class="button small" href=href download=format!("{name}.csv") aria-label=format!("Download CSV: {what}")>
            <Icon name=IconName::Download/>
            "CSV"
        </a>
    }
}

/// Rows as RFC 4180 has them. A cell that a spreadsheet would take for a formula is kept from it by an apostrophe
/// (OWASP, "CSV Injection").
fn csv(rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    for row in rows {
        for (index, cell) in row.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
                "'"
            } else {
                ""
            };
            if cell.contains([',', '"', '\n', '\r']) {
                text.push_str(&format!("\"{guard}{}\"", cell.replace('"', "\"\"")));
            } else {
                text.push_str(guard);
                text.push_str(cell);
            }
        }
        text.push_str("\r\n");
    }
    text
}

/// Text as it may stand in an address: RFC 3986's unreserved letters as they are, every other byte as `%XX`.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + text.len() / 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be_and_are_no_formulas() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            csv(&[
                row(&["Day", "Step"]),
                row(&["1", "a \"b\", c"]),
                row(&["2", "=1+1"])
            ]),
            "Day,Step\r\n1,\"a \"\"b\"\", c\"\r\n2,'=1+1\r\n"
        );
        assert_eq!(percent_encoded("é, 1\r\n"), "%C3%A9%2C%201%0D%0A");
    }
}
