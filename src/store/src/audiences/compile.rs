//! A rule as SQL: a condition on a row of `profile p`. Text follows the rule's shape; every value is bound.

use std::collections::HashMap;

use heliograph_model::{
    app_config::Platform,
    audience::{Comparison, EventTest, FieldTest, Rule, needs, steps},
    ids::AudienceId,
    profile::{DeviceStatus, PushPlatform},
    time::Timestamp,
};
use sqlx::types::Json;

use crate::{
    Database, Error, Result,
    dialect::{Engine, json},
    statement::{Bind, Binds},
};

/// Most tests after the audiences that a rule names have been put in their places: SQLite takes conditions 1,000 deep.
const TESTS_MAX: usize = 500;

/// The rules of the audiences that a rule leads to, however indirectly.
#[derive(Debug, Default)]
pub(super) struct Library(HashMap<AudienceId, (String, Rule)>);

impl Library {
    /// Reads what the rule leads to.
    pub(super) async fn of(db: &mut impl Database, rule: &Rule) -> Result<Self> {
        let mut library = HashMap::new();
        let mut wanted: Vec<AudienceId> = needs(rule).audiences.into_iter().collect();
        while !wanted.is_empty() {
            let found = fetch_in!(
                db,
                (AudienceId, String, Json<Rule>),
                "SELECT id, name, rule FROM audience WHERE id IN ",
                wanted,
                ""
            )?;
            wanted.clear();
            for (id, name, Json(rule)) in found {
                wanted.extend(needs(&rule).audiences);
                library.insert(id, (name, rule));
            }
            wanted.sort_unstable();
            wanted.dedup();
            wanted.retain(|id| !library.contains_key(id));
        }
        Ok(Self(library))
    }
}

/// SQL that is true or false, and never null, of a row of `profile p`.
///
/// # Errors
/// Where audiences lead back to themselves, or it all becomes too large.
pub(super) fn compile(
    engine: Engine,
    rule: &Rule,
    library: &Library,
    now: Timestamp,
    binds: &mut Binds,
) -> Result<String> {
    Compiler {
        engine,
        library,
        now,
        binds,
        open: Vec::new(),
        tests: 0,
    }
    .rule(rule)
}

struct Compiler<'a> {
    engine: Engine,
    library: &'a Library,
    now: Timestamp,
    binds: &'a mut Binds,
    /// The audiences whose rules are being put in place.
    open: Vec<AudienceId>,
    tests: usize,
}

impl Compiler<'_> {
    fn rule(&mut self, rule: &Rule) -> Result<String> {
        self.tests += 1;
        if self.tests > TESTS_MAX {
            return Err(Error::RuleTooLarge { most: TESTS_MAX });
        }
        Ok(match rule {
            Rule::All { rules } => self.joined(rules, " AND ", "TRUE")?,
            Rule::Any { rules } => self.joined(rules, " OR ", "FALSE")?,
            Rule::Not { rule } => format!("(NOT {})", self.rule(rule)?),
            Rule::Attribute(test) => self.field("p.attributes", test),
            Rule::EntryEvent(_) => "FALSE".to_owned(),
            Rule::Event(test) => self.event(test),
            Rule::Audience { audience } => self.audience(*audience)?,
            Rule::Device { platform } => self.device(*platform),
        })
    }

    fn joined(&mut self, rules: &[Rule], with: &str, none: &str) -> Result<String> {
        if rules.is_empty() {
            return Ok(none.to_owned());
        }
        let parts: Vec<String> = rules.iter().map(|rule| self.rule(rule)).collect::<Result<_>>()?;
        Ok(format!("({})", parts.join(with)))
    }

    fn audience(&mut self, id: AudienceId) -> Result<String> {
        // Nobody is in an audience that is not there.
        let Some((name, rule)) = self.library.0.get(&id) else {
            return Ok("FALSE".to_owned());
        };
        if self.open.contains(&id) {
            return Err(Error::AudienceLoop { name: name.clone() });
        }
        self.open.push(id);
        let text = self.rule(rule);
        self.open.pop();
        text
    }

    fn field(&mut self, document: &str, test: &FieldTest) -> String {
        let asked = test.asks(self.now);
        let answer = match steps(&test.path) {
            Some(steps) => json::answer(self.engine, self.binds, document, &steps, &asked.question, 0),
            None => "FALSE".to_owned(),
        };
        let not = if asked.negated { "NOT " } else { "" };
        format!("({not}({answer}))")
    }

    fn event(&mut self, test: &EventTest) -> String {
        let mut conditions = format!(
            "e.profile_id = p.id AND e.event_type = {}",
            self.binds.text(test.event_type.as_str())
        );
        if let Some(since) = test.since(self.now) {
            conditions.push_str(" AND e.timestamp >= ");
            conditions.push_str(&self.binds.integer(since.as_millis()));
        }
        for condition in &test.conditions {
            self.tests += 1;
            conditions.push_str(" AND ");
            conditions.push_str(&self.field("e.xdm", condition));
        }
        let count = i64::from(test.count);
        // One event is enough to tell, where one decides.
        match (test.comparison, count) {
            (Comparison::AtLeast, 0) => "TRUE".to_owned(),
            (Comparison::AtLeast, 1) => {
                format!("EXISTS (SELECT 1 FROM experience_event e WHERE {conditions})")
            }
            (Comparison::AtMost | Comparison::Exactly, 0) => {
                format!("(NOT EXISTS (SELECT 1 FROM experience_event e WHERE {conditions}))")
            }
            (comparison, count) => {
                let compare = match comparison {
                    Comparison::AtLeast => ">=",
                    Comparison::AtMost => "<=",
                    Comparison::Exactly => "=",
                };
                let count = self.binds.integer(count);
                format!("((SELECT COUNT(*) FROM experience_event e WHERE {conditions}) {compare} {count})")
            }
        }
    }

    fn device(&mut self, platform: Option<Platform>) -> String {
        let active = self.binds.text(DeviceStatus::Active.as_str());
        let on = platform.map(|platform| {
            let services = [PushPlatform::Fcm, PushPlatform::Apns, PushPlatform::ApnsSandbox]
                .into_iter()
                .filter(|service| service.platform() == platform)
                .map(|service| Bind::Text(service.as_str().to_owned()));
            format!(" AND d.platform IN {}", self.binds.list(services))
        });
        format!(
            "EXISTS (SELECT 1 FROM device d WHERE d.profile_id = p.id AND d.status = {active}{})",
            on.unwrap_or_default()
        )
    }
}
