//! What authors are told: findings with their place and fix, checks against a schema, gaps.

mod checks;
mod mistakes;

use heliograph_model::personalize::{
    FieldType, Finding, FindingCode, RenderOptions, Root, Schema, Scope, Template, WarningKind,
};
use serde_json::json;

fn codes(findings: &[Finding]) -> Vec<FindingCode> {
    findings.iter().map(|finding| finding.code).collect()
}

/// The source after the first fix that is offered.
#[track_caller]
fn fixed(source: &str, findings: &[Finding]) -> String {
    let fix = findings
        .iter()
        .find_map(|finding| finding.fix.as_ref())
        .expect("a fix");
    let mut text = source.to_owned();
    text.replace_range(fix.offset..fix.offset + fix.length, &fix.replacement);
    text
}

#[track_caller]
fn assert_error(source: &str, code: FindingCode, message: &str) {
    let parsed = Template::parse(source);
    let finding = parsed.findings.iter().find(|finding| finding.code == code);
    let finding = finding.unwrap_or_else(|| panic!("{source}: {:?}", parsed.findings));
    assert!(finding.message.contains(message), "{source}: {}", finding.message);
    assert!(!parsed.is_valid());
}
