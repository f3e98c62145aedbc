//! What is asked of a list, and by whom it is answered: what Jamf filters on is asked of Jamf, everything else is judged
//! here over the rows that were read. A condition that neither can answer is refused before anything is sent, because Jamf
//! answers a filter that it does not know with nothing at all, or with everything. `conditions` has the rules.

use std::cell::OnceCell;
use std::sync::Arc;

use jamf_pro_client::{Each, Projection};
use jamf_pro_tools::rsql::{self, Expression};
use jamf_pro_tools::{Action, Checked, Problem, Problems, Risk, Rows};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::attributes::{self, Attributes};
use super::compare::Kind;
use super::conditions::{Condition, ConditionPlan, tree};
use super::fields;
use super::groups::Groups;
use super::guard::Guard;
use super::joins::Joins;
use super::problem::{problem, short, unanswerable, unknown, withheld};
use super::row_filter::{RowFilter, Test, Tree};
use super::shape::{Content, Shape};
use crate::privacy::people::People;
use crate::privacy::{self, Redaction};
use crate::sanitize::personal::Personal;
use crate::sanitize::secrets;

/// What helps where a field cannot be sorted by.
const OTHER_FIELD: &str = "sort by another field";

/// Conditions of one call, at most.
const MOST: usize = 50;

/// What is asked of an action that reads.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Fields to answer with; none for all.
    pub fields: Vec<String>,
    /// Fields to read: those, and those that conditions look at; none for all.
    pub read: Vec<String>,
    /// The filter that Jamf gets.
    pub filter: Option<String>,
    /// Conditions that are judged here, in words.
    pub here: Vec<String>,
    /// Conditions that are judged here.
    pub row_filter: Option<RowFilter>,
    /// Rows are counted in groups, and groups are answered.
    pub groups: Option<Groups>,
    /// Conditions that Jamf is asked too, of which it takes more than is shown.
    pub guard: Option<Guard>,
    /// What tells how many rows have no value of a field that Jamf filters on.
    pub counts: Vec<Count>,
    /// Such fields of which it is not asked.
    pub uncounted: Vec<String>,
    /// Extension attributes that the question is about.
    pub attributes: Option<Attributes>,
    /// Lists that are shown whole, though conditions are about some of their elements.
    pub whole_lists: Vec<String>,
    /// Columns that come from the fleet.
    pub joins: Joins,
    /// The caller named the fields.
    pub is_named: bool,
    /// The sort that Jamf gets, where it is another one than was given.
    sort: Option<Value>,
}

/// Two filters, of whose rows the difference has no value of a field.
#[derive(Debug, Clone)]
pub struct Count {
    /// The field.
    pub field: String,
    /// The other conditions.
    pub others: Option<String>,
    /// The other conditions, and that there is a value.
    pub with_value: String,
    /// The field holds text, of which some tenants may not tell whether it is there.
    pub is_text: bool,
}

impl Question {
    /// What checked arguments ask, as of now.
    ///
    /// # Errors
    /// Every field that there is not, with the nearest that there is, and every condition that cannot be answered.
    pub fn of(
        action: &'static Action,
        checked: &Checked,
        redaction: &Redaction,
        version: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, Problems> {
        let reader = Reader { action, checked, redaction, version, now, shape: OnceCell::new() };
        let mut problems = Vec::new();
        let mut question = Self::default();
        reader.fields(&mut question, &mut problems);
        reader.groups(&mut question, &mut problems);
        reader.sorts(&mut problems);
        question.sort = reader.sort();
        if action.rows != Rows::None {
            reader.conditions(&mut question, &mut problems);
        }
        reader.joins(&mut question);
        let judged = question.row_filter.as_ref().map(RowFilter::paths).unwrap_or_default();
        let shape = reader.shape.get().and_then(Option::as_ref);
        question.attributes = Attributes::among(&mut question.read, &judged, shape);
        if problems.is_empty() { Ok(question) } else { Err(Problems(problems)) }
    }

    /// The arguments as they are sent: with the filter that Jamf gets, and the sections that the fields are in.
    pub fn arguments(&self, action: &Action, checked: Checked) -> Checked {
        let mut read = self.read.clone();
        read.extend(self.attributes.iter().flat_map(Attributes::lists).cloned());
        let checked = fields::ask_for_sections(action, checked, &read, self.fields.is_empty());
        if action.rows == Rows::None {
            return checked;
        }
        let checked = match &self.sort {
            Some(sort) => checked.with_argument("sort", Some(sort.clone())),
            None => checked,
        };
        checked.with_argument("filter", self.filter.clone().map(Value::String))
    }

    /// What becomes of each row that was read.
    pub fn each(&self, action: &'static Action, redaction: &Redaction) -> Each {
        let is_plain = self.row_filter.is_none()
            && self.groups.is_none()
            && self.attributes.is_none()
            && self.joins.is_empty();
        if is_plain && redaction.is_off() {
            return Arc::new(move |row| Some(fields::without_secrets(action, row.to_owned())));
        }
        let (row_filter, guard, redaction) = (self.row_filter.clone(), self.guard.clone(), redaction.clone());
        let (groups, attributes, joins) = (self.groups.clone(), self.attributes.clone(), self.joins.clone());
        let fields: Vec<&str> = self.fields.iter().map(String::as_str).collect();
        let is_added_to = attributes.is_some() || !joins.is_empty();
        let is_narrowed = self.read.len() > self.fields.len() || (is_added_to && !fields.is_empty());
        let narrow = is_narrowed.then(|| Projection::new(&fields, &[], &[]));
        Arc::new(move |row| {
            let row = fields::without_secrets(action, row.to_owned());
            let mut value: Value = serde_json::from_str(&row).ok()?;
            joins.add_to(&mut value);
            redaction.apply(action.path, &mut value);
            // Conditions are judged on what is shown: nobody can find out a credential character by character.
            if secrets::any(&row) {
                secrets::leave_out(&mut value);
            }
            if let Some(attributes) = &attributes {
                attributes.gather(&mut value);
            }
            if let Some(guard) = &guard {
                guard.look_at(&value);
            }
            if row_filter.as_ref().is_some_and(|row_filter| !row_filter.takes(&value)) {
                return None;
            }
            if let Some(groups) = &groups {
                groups.count(&value);
                return None;
            }
            let text = value.to_string();
            match &narrow {
                Some(narrow) => narrow.object(text.as_bytes(), &mut narrow.tally()).ok(),
                None => Some(text),
            }
        })
    }
}

pub(super) struct Reader<'a> {
    pub(super) action: &'static Action,
    pub(super) checked: &'a Checked,
    pub(super) redaction: &'a Redaction,
    /// The tenant's version, where it is known.
    version: Option<&'a str>,
    pub(super) now: Timestamp,
    /// Looked up only by who asks about fields.
    shape: OnceCell<Option<Shape>>,
}

/// What a name in a condition stands for.
pub(super) struct Field {
    /// The name that Jamf filters by.
    pub(super) filter: Option<String>,
    /// The path in the answer.
    pub(super) path: Option<String>,
    pub(super) kind: Kind,
    /// The outermost list that the path leads through, or that it is.
    pub(super) list: Option<String>,
    /// Fields of the object that it is.
    pub(super) object: Option<Vec<String>>,
    pub(super) personal: Option<Personal>,
    /// Names of devices, in which those of their owners are redacted.
    pub(super) is_name_of_device: bool,
}

impl Reader<'_> {
    pub(super) fn shape(&self) -> Option<&Shape> {
        self.shape.get_or_init(|| Shape::of(self.action)).as_ref()
    }

    fn fields(&self, question: &mut Question, problems: &mut Vec<Problem>) {
        let mut names = fields::fields(self.action, self.checked);
        let given = self.checked.arguments().contains_key("fields");
        question.is_named = given;
        if !given {
            self.add_sections(&mut names);
        }
        // Default fields are right already.
        let shape = if given { self.shape() } else { None };
        for field in names {
            match shape.map(|shape| self.locate(shape, &field)) {
                Some(Err(near)) => problems.push(unknown("fields", "the answer", &field, &near)),
                Some(Ok(path)) => question.fields.push(path),
                None => question.fields.push(field),
            }
        }
        if self.redaction.leaves_out() {
            let (hidden, shown): (Vec<String>, Vec<String>) = std::mem::take(&mut question.fields)
                .into_iter()
                .partition(|field| self.redaction.personal(self.action.path, field).is_some());
            problems.extend(hidden.iter().filter(|_| given).map(|field| withheld("fields", field)));
            question.fields = shown;
        }
        question.read = question.fields.clone();
    }

    /// The path that a name of a field or of an extension attribute stands for.
    pub(super) fn locate(&self, shape: &Shape, name: &str) -> Result<String, Vec<String>> {
        match attributes::path_of(name).filter(|_| attributes::are_in(shape)) {
            Some(path) => Ok(path),
            None => shape.locate(self.present_name(name)),
        }
    }

    /// The order of rows by a field tells its values, so what is not shown as it is cannot be sorted by.
    fn sorts(&self, problems: &mut Vec<Problem>) {
        let given = self.checked.list("sort").unwrap_or_default();
        for name in given.iter().flat_map(|part| part.split(',')) {
            let name = self.present_name(name.split(':').next().unwrap_or_default().trim());
            let path = self.shape().and_then(|shape| shape.locate(name).ok());
            let path = path.as_deref().unwrap_or(name);
            let last = path.rsplit('.').next().unwrap_or_default();
            let hidden = [name, path].into_iter().any(|path| self.action.hidden_field(path).is_some());
            let (why, hint) = if self.action.joined(path).is_some() {
                ("comes from the fleet, and Jamf cannot sort by it", Some(OTHER_FIELD))
            } else if hidden || self.is_secret(path) {
                ("is a secret and cannot be sorted by", None)
            } else if self.redaction.personal(self.action.path, path).is_some()
                || self.redaction.is_name_of_device(self.action.path, path)
            {
                ("is redacted (`redaction`), and an order by it would tell what it is", Some(OTHER_FIELD))
            } else if secrets::is_free_text(last) {
                let why =
                    "is free text, of which credentials are not shown, and an order by it would tell them";
                (why, Some(OTHER_FIELD))
            } else {
                continue;
            };
            let wrong = problem("sort", format!("`{}` {why}", short(name)));
            problems.push(Problem { hint: hint.map(str::to_owned), ..wrong });
        }
    }

    /// Whether a field is called like a secret and holds text, whatever the action declares.
    pub(super) fn is_secret(&self, path: &str) -> bool {
        let last = path.rsplit('.').next().unwrap_or_default();
        let holds_text = || match self.shape().map(|shape| shape.at(path)) {
            Some(Content::Scalar(kind)) => kind == "string",
            _ => true,
        };
        self.action.risk != Risk::Secret && secrets::holds_a_secret(last) && holds_text()
    }

    /// Sections that the caller chose belong into the answer, and no others: one that was not asked for is null, which reads as
    /// if there were nothing in it.
    fn add_sections(&self, names: &mut Vec<String>) {
        let known = fields::sections(self.action);
        let chosen = self.checked.arguments().get("section").and_then(Value::as_array);
        let whole = names.is_empty();
        if known.is_empty() || (chosen.is_none() && !whole) {
            return;
        }
        let general = [json!("GENERAL")];
        let chosen = chosen.map_or(general.as_slice(), Vec::as_slice);
        let Some(shape) = self.shape() else { return };
        names.extend(shape.names().into_iter().filter(|name| {
            let section = json!(fields::section_name(name));
            if known.contains(&section) { chosen.contains(&section) } else { whole }
        }));
    }

    /// The name that a field has now; callers know fields by the names that older tenants show, too.
    pub(super) fn present_name<'n>(&self, name: &'n str) -> &'n str {
        let letters = |text: &str| {
            text.chars()
                .filter(|c| c.is_alphanumeric() || *c == '.')
                .flat_map(char::to_lowercase)
                .collect::<String>()
        };
        let given = letters(name);
        let is_known = |then: &str| {
            let then = letters(then);
            then == given || then.rsplit('.').next() == Some(given.as_str())
        };
        let renamed = self.action.renamed.iter().find(|(_, then)| is_known(then));
        match renamed {
            Some((now, _)) if self.shape().is_none_or(|shape| shape.at(name) == Content::Nothing) => now,
            _ => name,
        }
    }

    /// The sort by the names that fields have now; none where it says them already.
    fn sort(&self) -> Option<Value> {
        let given = self.checked.arguments().get("sort")?;
        let part = |part: &str| match part.split_once(':') {
            Some((name, direction)) => format!("{}:{direction}", self.present_name(name)),
            None => self.present_name(part).to_owned(),
        };
        let renamed = match given {
            Value::String(text) => json!(text.split(',').map(part).collect::<Vec<_>>().join(",")),
            Value::Array(parts) => parts
                .iter()
                .map(|one| one.as_str().map_or_else(|| one.clone(), |one| json!(part(one))))
                .collect(),
            _ => return None,
        };
        (renamed != *given).then_some(renamed)
    }

    fn conditions(&self, question: &mut Question, problems: &mut Vec<Problem>) {
        let mut plans = Vec::new();
        if let Some(filter) = self.checked.text("filter") {
            match rsql::parse(filter) {
                Ok(filter) => {
                    for part in filter.conjuncts() {
                        match self.plan_filter(&part) {
                            Ok(plan) => plans.push(plan),
                            Err(problem) => problems.push(problem),
                        }
                    }
                }
                Err(error) => problems.push(problem("filter", error.to_string())),
            }
        }
        let conditions = self.checked.arguments().get("where").and_then(Value::as_array);
        if conditions.is_some_and(|conditions| conditions.len() > MOST) {
            problems.push(problem("where", format!("takes at most {MOST} conditions")));
            return;
        }
        for (at, condition) in conditions.into_iter().flatten().enumerate() {
            let words: Vec<&str> =
                condition.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            match Condition::of_where(&words).and_then(|condition| self.plan_condition(&condition)) {
                Ok(planned) => plans.push(Plan::of(planned)),
                Err(mut problem) => {
                    problem.path = format!("where[{at}]");
                    problems.push(problem);
                }
            }
        }
        if problems.is_empty() {
            problems.extend(self.take(question, plans).err());
        }
    }

    /// What Jamf is asked and what is judged here, of conditions that must all hold.
    fn take(&self, question: &mut Question, plans: Vec<Plan>) -> Result<(), Problem> {
        let sent = |except: Option<&str>| {
            let of_field = |plan: &&Plan| {
                except.is_none_or(|field| plan.with_value.as_ref().is_none_or(|(known, _)| known != field))
            };
            let sent = plans.iter().filter(of_field).filter_map(|plan| plan.sent.clone());
            sent.flat_map(Expression::conjuncts).collect::<Vec<_>>()
        };
        let text = |parts: Vec<Expression>| Expression::all(parts).map(|filter| filter.to_string());
        question.filter = text(sent(None));
        for (field, with_value) in plans.iter().filter_map(|plan| plan.with_value.as_ref()) {
            if question.counts.iter().any(|count| count.field == *field) {
                continue;
            }
            // A count by what Jamf takes for more than is shown would reveal the rest.
            let is_of_more = |plan: &Plan| {
                plan.is_looser() && plan.with_value.as_ref().is_none_or(|(known, _)| known != field)
            };
            if plans.iter().any(is_of_more) {
                question.uncounted.push(field.clone());
                continue;
            }
            let others = sent(Some(field.as_str()));
            let is_text = matches!(with_value, Expression::And(_));
            let both = others.iter().cloned().chain(with_value.clone().conjuncts()).collect();
            let with_value = text(both).unwrap_or_default();
            question.counts.push(Count { field: field.clone(), others: text(others), with_value, is_text });
        }
        let looser = plans.iter().filter(|plan| plan.is_looser()).filter_map(|plan| plan.judged.clone());
        question.guard = Guard::of(looser.collect());
        let (words, trees): (Vec<String>, Vec<Tree>) =
            plans.into_iter().filter_map(|plan| Some((plan.words, plan.judged?))).unzip();
        if trees.is_empty() {
            return Ok(());
        }
        let row_filter = RowFilter::new(Tree::All(trees)).ok_or_else(|| {
            problem("filter", "has too many alternatives").hint("ask with =in= or in several calls")
        })?;
        let list = |path: &str| self.shape().and_then(|shape| shape.list_of(path));
        if let Some((message, hint)) = row_filter.unclear(&list) {
            let argument = if self.checked.text("filter").is_some() { "filter" } else { "where" };
            return Err(problem(argument, message).hint(hint));
        }
        question.here = words;
        let mut lists: Vec<String> = row_filter.paths().into_iter().filter_map(list).collect();
        lists.dedup();
        let is_in = |list: &str, field: &str| {
            field.strip_prefix(list).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let is_shown = |list: &String| question.fields.iter().any(|field| is_in(list, field));
        question.whole_lists = lists.into_iter().filter(|list| is_shown(list)).collect();
        if !question.fields.is_empty() {
            for path in row_filter.paths() {
                if !question.read.iter().any(|field| field == path) {
                    question.read.push(path.to_owned());
                }
            }
        }
        question.row_filter = Some(row_filter);
        Ok(())
    }

    /// One part of `filter`: one comparison, or alternatives, which are asked of one side as a whole.
    fn plan_filter(&self, part: &Expression) -> Result<Plan, Problem> {
        let mut parts = part.clone();
        let planned: Vec<ConditionPlan> = parts
            .comparisons_mut()
            .into_iter()
            .map(|comparison| self.plan_condition(&Condition::of_filter(comparison)?))
            .collect::<Result<_, _>>()?;
        let is_single = planned.len() == 1;
        let is_sent = planned.iter().all(|one| one.sent.is_some());
        let is_exact = planned.iter().all(|one| one.sent.as_ref().is_some_and(|(_, is_exact)| *is_exact));
        let judged = if is_exact {
            None
        } else {
            let mut tests: Vec<Test> = Vec::new();
            for (one, selector) in planned.iter().zip(part.selectors()) {
                tests.push(one.test.clone().ok_or_else(|| unanswerable(selector))?);
            }
            Some(tree(part, &mut tests.into_iter()))
        };
        let with_value =
            planned.first().and_then(|one| one.with_value.clone()).filter(|_| is_single && is_sent);
        let mut sent = planned.into_iter().filter_map(|one| one.sent).map(|(sent, _)| sent);
        let sent = is_sent.then(|| replace_comparisons(part, &mut sent));
        Ok(Plan { sent, judged, words: part.to_string(), with_value })
    }

    pub(super) fn takes_filters(&self) -> bool {
        self.action
            .checked_schema()
            .get("properties")
            .is_some_and(|properties| properties.get("filter").is_some())
    }

    /// What a name in a condition stands for.
    pub(super) fn field(&self, argument: &str, given: &str) -> Result<Field, Problem> {
        let name = self.present_name(given);
        let located = self.shape().map(|shape| self.locate(shape, given));
        let near = located.as_ref().and_then(|located| located.as_ref().err()).cloned().unwrap_or_default();
        let path = match located {
            Some(located) => located.ok(),
            None => Some(name.to_owned()),
        };
        let secret = [Some(name), path.as_deref()]
            .into_iter()
            .flatten()
            .find_map(|path| self.action.hidden_field(path));
        if let Some(field) = secret {
            return Err(problem(argument, format!("`{field}` is a secret and cannot be filtered on")));
        }
        if self.is_secret(path.as_deref().unwrap_or(name)) {
            return Err(problem(
                argument,
                format!("`{}` is a secret and cannot be filtered on", short(name)),
            ));
        }
        let filter = self.filter(name, path.as_deref());
        if path.is_none() && filter.is_none() {
            let mut wrong = unknown(argument, "these rows", given, &near);
            if wrong.nearest.is_none() && near.is_empty() && !self.action.filters.is_empty() {
                wrong.hint = Some(format!("Jamf filters on {}", self.action.filters.join(", ")));
            }
            return Err(wrong);
        }
        let at = path.as_deref().unwrap_or(name);
        let of_device = self.redaction.is_name_of_device(self.action.path, at);
        // Jamf would judge these by what is not shown; here they are judged by what is.
        let is_judged_here = of_device || secrets::is_free_text(at.rsplit('.').next().unwrap_or_default());
        if is_judged_here && path.is_none() {
            return Err(problem(
                argument,
                format!("`{}` cannot be filtered on: these rows do not show it", short(name)),
            ));
        }
        let filter = filter.filter(|filter| !is_judged_here && self.tenant_filters_on(filter));
        if path.is_none() && filter.is_none() {
            let version = self.version.unwrap_or("of unknown version");
            let why = format!(
                "`{}` is shown by no row, and this tenant (Jamf Pro {version}) does not filter on it",
                short(given)
            );
            return Err(problem(argument, why));
        }
        let personal = self.redaction.personal(self.action.path, path.as_deref().unwrap_or(name));
        if personal.is_some() && self.redaction.leaves_out() {
            return Err(withheld(argument, given));
        }
        let found = path.as_deref().and_then(|path| Some((path, self.shape()?)));
        let kind = found.map_or(Kind::Unknown, |(path, shape)| Kind::of(path, &shape.at(path)));
        let kind = if path.is_some() && found.is_none() { Kind::by_name(name).unwrap_or(kind) } else { kind };
        let list = found.and_then(|(path, shape)| shape.list_of(path));
        let object = found.filter(|(path, shape)| shape.at(path) == Content::Object);
        let object = object.map(|(path, shape)| shape.scalars_of(path));
        Ok(Field { filter, path, kind, list, object, personal, is_name_of_device: of_device })
    }

    /// The name by which Jamf filters on a field.
    fn filter(&self, name: &str, path: Option<&str>) -> Option<String> {
        let exact = self.action.filters.iter().find(|filter| filter.eq_ignore_ascii_case(name));
        let of_path = |filter: &&&str| {
            self.shape().is_some_and(|shape| path.is_some() && shape.path_of(filter).as_deref() == path)
        };
        exact.or_else(|| self.action.filters.iter().find(of_path)).map(|filter| (*filter).to_owned())
    }

    /// Whether this tenant knows the filter; Jamf answers one that it does not know with everything, or with nothing.
    fn tenant_filters_on(&self, filter: &str) -> bool {
        let since = self.action.filtered_since.iter().find(|(name, _)| *name == filter);
        since.is_none_or(|(_, since)| {
            self.version.is_some_and(|version| !jamf_pro_client::is_before(version, since))
        })
    }

    /// What a row shows in place of a value; of a `whole` name of a device without its owner's.
    pub(super) fn as_in_rows(&self, field: &Field, value: &str, whole: bool) -> String {
        match field.personal {
            Some(kind) if !value.is_empty() => self.redaction.pseudonym(kind, value),
            None if field.is_name_of_device && whole => self.redaction.device(value, &People::default()),
            _ => value.to_owned(),
        }
    }

    /// Jamf would find nothing by a pseudonym.
    pub(super) fn is_pseudonym(&self, value: &str) -> bool {
        !self.redaction.is_off() && privacy::is_pseudonym(value)
    }
}

/// Who answers a condition, or alternatives.
struct Plan {
    sent: Option<Expression>,
    judged: Option<Tree>,
    words: String,
    with_value: Option<(String, Expression)>,
}

impl Plan {
    /// Jamf is asked, and the rows that it finds are judged here.
    fn is_looser(&self) -> bool {
        self.sent.is_some() && self.judged.is_some()
    }

    fn of(planned: ConditionPlan) -> Self {
        let ConditionPlan { sent, test, words, with_value } = planned;
        let judged =
            if sent.as_ref().is_some_and(|(_, is_exact)| *is_exact) { None } else { test.map(Tree::One) };
        Self { sent: sent.map(|(sent, _)| sent), judged, words, with_value }
    }
}

/// The expression with its comparisons in the place of others.
fn replace_comparisons(expression: &Expression, each: &mut impl Iterator<Item = Expression>) -> Expression {
    match expression {
        Expression::And(parts) => {
            Expression::And(parts.iter().map(|part| replace_comparisons(part, each)).collect())
        }
        Expression::Or(parts) => {
            Expression::Or(parts.iter().map(|part| replace_comparisons(part, each)).collect())
        }
        Expression::Comparison { .. } => each.next().unwrap_or_else(|| expression.clone()),
    }
}
