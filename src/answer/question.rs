//! What is asked of a list, and by whom it is answered: what Jamf filters on is asked of Jamf, everything else is judged
//! here over the rows that were read. A condition that neither can answer is refused before anything is sent, because Jamf
//! answers a filter that it does not know with nothing at all, or with everything.

use std::cell::OnceCell;
use std::sync::Arc;

use jamf_pro_tools::check::nearest;
use jamf_pro_tools::rsql::{self, Expression};
use jamf_pro_tools::schema::COMPARISONS;
use jamf_pro_tools::{Action, Checked, Problem, Problems, Risk, Rows};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::people::People;
use super::redact::{self, Redaction};
use super::shape::{Found, Shape};
use super::sift::{self, Sieve};
use super::when;
use crate::sanitize::personal::Personal;
use crate::sanitize::secrets;
use crate::tenant::{Each, Projection};

/// Comparisons that ask whether something is the same, which pseudonyms can answer.
const SAME: [&str; 6] = ["eq", "ne", "in", "not_in", "is_empty", "not_empty"];

/// Conditions of one call, at most.
const MOST: usize = 50;

/// Comparisons by order.
const ORDER: [&str; 4] = ["lt", "le", "gt", "ge"];

/// What is asked of an action that reads.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Fields to answer with; none for all.
    pub asked: Vec<String>,
    /// Fields to read: those, and those that conditions look at; none for all.
    pub read: Vec<String>,
    /// The filter that Jamf gets.
    pub sent: Option<String>,
    /// Conditions that are judged here, in words.
    pub here: Vec<String>,
    /// Conditions that are judged here.
    pub sieve: Option<Sieve>,
    /// Fields of the filter that Jamf does not document as filterable, passed on because nothing says what they are.
    pub undocumented: Vec<String>,
}

/// `where` as models write it: a list of `[field, op, value]`, which is what the schema says; objects with these names; or a
/// single condition.
pub fn repaired(arguments: &mut Map<String, Value>) {
    let Some(given) = arguments.get_mut("where") else { return };
    if let Value::String(text) = given
        && let Ok(parsed @ (Value::Array(_) | Value::Object(_))) = serde_json::from_str(text)
    {
        *given = parsed;
    }
    if given.is_object() {
        *given = json!([given]);
    }
    let Value::Array(conditions) = given else { return };
    let is_one = conditions.get(1).and_then(Value::as_str).is_some_and(|op| COMPARISONS.contains(&op));
    if is_one {
        *given = json!([conditions]);
        return;
    }
    for condition in conditions {
        let Value::Object(named) = condition else { continue };
        let (Some(field), Some(op)) = (named.get("field"), named.get("op")) else { continue };
        if named.keys().any(|name| !matches!(name.as_str(), "field" | "op" | "value" | "values")) {
            continue;
        }
        let mut list = vec![field.clone(), op.clone()];
        match named.get("value").or_else(|| named.get("values")) {
            Some(Value::Array(values)) => list.extend(values.iter().cloned()),
            Some(Value::Null) | None => {}
            Some(value) => list.push(value.clone()),
        }
        *condition = Value::Array(list);
    }
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
        now: Timestamp,
    ) -> Result<Self, Problems> {
        let reader = Reader { action, checked, redaction, now, shape: OnceCell::new() };
        let mut problems = Vec::new();
        let mut question = Self::default();
        reader.fields(&mut question, &mut problems);
        reader.sorts(&mut problems);
        if action.rows != Rows::None {
            reader.conditions(&mut question, &mut problems);
        }
        if problems.is_empty() { Ok(question) } else { Err(Problems(problems)) }
    }

    /// The arguments as they are sent: with the filter that Jamf gets, and the sections that the fields are in.
    pub fn arguments(&self, action: &Action, checked: Checked) -> Checked {
        let checked = ask_for_sections(action, checked, &self.read, self.asked.is_empty());
        if action.rows == Rows::None {
            return checked;
        }
        checked.replaced("filter", self.sent.clone().map(Value::String))
    }

    /// What becomes of each row that was read, unless it is taken as it is.
    pub fn each(&self, action: &'static Action, redaction: &Redaction) -> Option<Each> {
        if self.sieve.is_none() && redaction.is_off() {
            return None;
        }
        let (sieve, redaction) = (self.sieve.clone(), redaction.clone());
        let fields: Vec<&str> = self.asked.iter().map(String::as_str).collect();
        let narrow = (self.read.len() > self.asked.len()).then(|| Projection::new(&fields, &[], &[]));
        Some(Arc::new(move |row| {
            let row = super::without_secrets(action, row.to_owned());
            let mut value: Value = serde_json::from_str(&row).ok()?;
            redaction.apply(action.path, &mut value);
            // Conditions are judged on what is shown: nobody can ask letter by letter what a credential is.
            if secrets::any(&row) {
                secrets::leave_out(&mut value);
            }
            if sieve.as_ref().is_some_and(|sieve| !sieve.takes(&value)) {
                return None;
            }
            let text = value.to_string();
            match &narrow {
                Some(narrow) => narrow.object(text.as_bytes(), &mut narrow.tally()).ok(),
                None => Some(text),
            }
        }))
    }
}

/// Sections of a record come only when they are asked for, and a field of one that was not would be null without a word. So
/// the sections that the fields to read are in are asked for, beside those that the caller chose.
fn ask_for_sections(action: &Action, checked: Checked, read: &[String], everything: bool) -> Checked {
    let known = sections(action);
    if known.is_empty() {
        return checked;
    }
    let mut wanted: Vec<Value> =
        checked.arguments().get("section").and_then(Value::as_array).cloned().unwrap_or_default();
    let chosen = wanted.len();
    for field in read {
        let section = json!(super::screaming(field.split('.').next().unwrap_or_default()));
        if known.contains(&section) && !wanted.contains(&section) {
            wanted.push(section);
        }
    }
    // With every field asked for, the section that comes by itself still has to.
    let general = json!("GENERAL");
    if everything
        && chosen == 0
        && !wanted.is_empty()
        && known.contains(&general)
        && !wanted.contains(&general)
    {
        wanted.insert(0, general);
    }
    if wanted.is_empty() { checked } else { checked.replaced("section", Some(Value::Array(wanted))) }
}

/// Names of the sections that an action can be asked for.
fn sections(action: &Action) -> Vec<Value> {
    let schema = action.input_schema();
    let section = schema.get("properties").and_then(|properties| properties.get("section"));
    section
        .and_then(|section| section.pointer("/items/enum"))
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default()
}

struct Reader<'a> {
    action: &'static Action,
    checked: &'a Checked,
    redaction: &'a Redaction,
    now: Timestamp,
    /// Looked up only by who asks about fields.
    shape: OnceCell<Option<Shape>>,
}

/// What a name in a condition stands for.
struct Field {
    /// The name that Jamf filters by.
    filter: Option<String>,
    /// The path in the answer.
    path: Option<String>,
    /// What is there, as [`Found::Scalar`] says it.
    kind: Option<String>,
    personal: Option<Personal>,
    /// Names of devices, in which those of their owners are redacted.
    of_device: bool,
}

impl Field {
    fn is_moment(&self) -> bool {
        self.kind.as_deref() == Some("date-time")
    }

    fn is_day(&self) -> bool {
        self.kind.as_deref() == Some("date")
    }

    /// Whether Jamf finds a part of its text.
    fn is_text(&self) -> bool {
        let id = |name: &String| {
            let last = name.rsplit('.').next().unwrap_or_default();
            last == "id" || last.ends_with("Id")
        };
        self.kind.as_deref() == Some("string") && !self.filter.as_ref().is_some_and(id)
    }
}

impl Reader<'_> {
    fn shape(&self) -> Option<&Shape> {
        self.shape.get_or_init(|| Shape::of(self.action)).as_ref()
    }

    fn fields(&self, question: &mut Question, problems: &mut Vec<Problem>) {
        let mut asked = super::fields(self.action, self.checked);
        let given = self.checked.arguments().contains_key("fields");
        if !given {
            self.add_sections(&mut asked);
        }
        // Default fields are right already.
        let shape = if given { self.shape() } else { None };
        for field in asked {
            match shape.map(|shape| shape.located(&field)) {
                Some(Err(near)) => problems.push(unknown("fields", "the answer", &field, &near)),
                Some(Ok(path)) => question.asked.push(path),
                None => question.asked.push(field),
            }
        }
        if self.redaction.leaves_out() {
            let (hidden, shown): (Vec<String>, Vec<String>) = std::mem::take(&mut question.asked)
                .into_iter()
                .partition(|field| self.redaction.personal(self.action.path, field).is_some());
            problems.extend(hidden.iter().filter(|_| given).map(|field| withheld("fields", field)));
            question.asked = shown;
        }
        question.read = question.asked.clone();
    }

    /// The order of rows by a field tells its values, so what is not shown as it is cannot be sorted by.
    fn sorts(&self, problems: &mut Vec<Problem>) {
        let given = self.checked.list("sort").unwrap_or_default();
        for name in given.iter().flat_map(|part| part.split(',')) {
            let name = name.split(':').next().unwrap_or_default().trim();
            let path = self.shape().and_then(|shape| shape.located(name).ok());
            let path = path.as_deref().unwrap_or(name);
            let last = path.rsplit('.').next().unwrap_or_default();
            let hidden = [name, path].into_iter().any(|path| self.action.hidden_field(path).is_some());
            let why = if hidden || self.is_secret(path) {
                "is a secret and cannot be sorted by"
            } else if self.redaction.personal(self.action.path, path).is_some()
                || self.redaction.is_name_of_device(self.action.path, path)
            {
                "is redacted (`redaction`), and an order by it would tell what it is; sort by another field"
            } else if secrets::is_free_text(last) {
                "is free text, of which credentials are not shown, and an order by it would tell them; sort by another field"
            } else {
                continue;
            };
            problems.push(problem("sort", format!("`{}` {why}", short(name))));
        }
    }

    /// Whether a field is called like a secret and holds text, whatever the action declares.
    fn is_secret(&self, path: &str) -> bool {
        let last = path.rsplit('.').next().unwrap_or_default();
        let holds_text = || match self.shape().map(|shape| shape.at(path)) {
            Some(Found::Scalar(kind)) => kind == "string",
            _ => true,
        };
        self.action.risk != Risk::Secret && secrets::holds_a_secret(last) && holds_text()
    }

    /// Sections that the caller chose belong into the answer, and no others: one that was not asked for is null, which reads as
    /// if there were nothing in it.
    fn add_sections(&self, asked: &mut Vec<String>) {
        let known = sections(self.action);
        let chosen = self.checked.arguments().get("section").and_then(Value::as_array);
        let whole = asked.is_empty();
        if known.is_empty() || (chosen.is_none() && !whole) {
            return;
        }
        let general = [json!("GENERAL")];
        let chosen = chosen.map_or(general.as_slice(), Vec::as_slice);
        let Some(shape) = self.shape() else { return };
        asked.extend(shape.names().into_iter().filter(|name| {
            let section = json!(super::screaming(name));
            if known.contains(&section) { chosen.contains(&section) } else { whole }
        }));
    }

    fn conditions(&self, question: &mut Question, problems: &mut Vec<Problem>) {
        let (mut sent, mut sieves) = (Vec::new(), Vec::new());
        if let Some(filter) = self.checked.text("filter") {
            match rsql::parse(filter) {
                Ok(filter) => {
                    for part in filter.conjuncts() {
                        match self.filtered(part, question) {
                            Ok(Asked::Jamf(part)) => sent.push(part),
                            Ok(Asked::Here(words, sieve)) => {
                                question.here.push(words);
                                sieves.push(sieve);
                            }
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
            match self.condition(&words) {
                Ok(Asked::Jamf(part)) => sent.push(part),
                Ok(Asked::Here(words, sieve)) => {
                    question.here.push(words);
                    sieves.push(sieve);
                }
                Err(mut problem) => {
                    problem.path = format!("where[{at}]");
                    problems.push(problem);
                }
            }
        }
        question.sent = Expression::all(sent).map(|filter| filter.to_string());
        question.sieve = (!sieves.is_empty()).then_some(Sieve::All(sieves));
        if let Some(sieve) = question.sieve.as_ref().filter(|_| !question.asked.is_empty()) {
            for path in sieve.paths() {
                if !question.read.iter().any(|field| field == path) {
                    question.read.push(path.to_owned());
                }
            }
        }
    }

    /// One condition of `where`.
    fn condition(&self, words: &[&str]) -> Result<Asked, Problem> {
        let (name, op, values) = parsed(words)?;
        let field = self.field("where", name)?;
        let values: Vec<String> =
            values.iter().map(|value| self.value(&field, name, &op, value)).collect::<Result<_, _>>()?;
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let part = matches!(op.as_str(), "contains" | "starts_with" | "ends_with");
        let by_jamf = self.takes_filters()
            && (!part || field.is_text())
            && !values.iter().any(|value| self.is_pseudonym(value));
        let by_number = |filter: &str| ORDER.contains(&op.as_str()) && sift::is_version(filter);
        let filter = field.filter.as_deref().filter(|filter| by_jamf && !by_number(filter));
        if let Some(part) = filter.and_then(|filter| rsql::condition(filter, &op, &values)) {
            return Ok(Asked::Jamf(part));
        }
        let Some(path) = &field.path else { return Err(unanswerable("where", name)) };
        let whole = SAME.contains(&op.as_str());
        let shown: Vec<String> = values.iter().map(|value| self.shown(&field, value, whole)).collect();
        let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
        let words: Vec<&str> = [path.as_str(), op.as_str()].into_iter().chain(values).collect();
        Ok(Asked::Here(words.join(" "), Sieve::of_condition(path, &op, &shown)))
    }

    /// One part of `filter`: one comparison, or alternatives, which are asked of one side as a whole.
    fn filtered(&self, mut part: Expression, question: &mut Question) -> Result<Asked, Problem> {
        let mut by_jamf = self.takes_filters();
        let mut fields = Vec::new();
        for comparison in part.comparisons_mut() {
            let Expression::Comparison { selector, operator, values, .. } = comparison else { continue };
            let field = self.field("filter", selector)?;
            let op = comparison_of(operator, values, field.personal.is_some());
            for value in values.iter_mut() {
                *value = self.value(&field, selector, op, value)?;
                by_jamf &= !self.is_pseudonym(value);
            }
            by_jamf &= field.filter.is_some() && !(op == "lt" && sift::is_version(selector));
            fields.push((selector.clone(), field));
        }
        if by_jamf {
            let known = self.action.filters;
            question
                .undocumented
                .extend(fields.iter().filter(|_| known.is_empty()).map(|(name, _)| name.clone()));
            let filters = fields.into_iter().filter_map(|(_, field)| field.filter);
            part.comparisons_mut().into_iter().zip(filters).for_each(|(one, filter)| rename(one, filter));
            return Ok(Asked::Jamf(part));
        }
        let words = part.to_string();
        for (comparison, (name, field)) in part.comparisons_mut().into_iter().zip(fields) {
            let Some(path) = field.path.clone() else { return Err(unanswerable("filter", &name)) };
            if let Expression::Comparison { values, .. } = comparison {
                values.iter_mut().for_each(|value| *value = self.shown(&field, value, !value.contains('*')));
            }
            rename(comparison, path);
        }
        Ok(Asked::Here(words, Sieve::of_filter(&part)))
    }

    fn takes_filters(&self) -> bool {
        self.action
            .input_schema()
            .get("properties")
            .is_some_and(|properties| properties.get("filter").is_some())
    }

    /// What a name in a condition stands for.
    fn field(&self, argument: &str, name: &str) -> Result<Field, Problem> {
        let located = self.shape().map(|shape| shape.located(name));
        let near = located.as_ref().and_then(|located| located.as_ref().err()).cloned().unwrap_or_default();
        let path = match (located, self.shape()) {
            (Some(located), _) => located.ok(),
            (None, _) => Some(name.to_owned()),
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
        let exact = self.action.filters.iter().find(|filter| filter.eq_ignore_ascii_case(name));
        let of_path = |filter: &&&str| {
            self.shape().is_some_and(|shape| path.is_some() && shape.located(filter).ok() == path)
        };
        let mut filter =
            exact.or_else(|| self.action.filters.iter().find(of_path)).map(|filter| (*filter).to_owned());
        // Of a list that Jamf filters without saying on what, only Jamf can tell.
        if self.action.filters.is_empty()
            && self.takes_filters()
            && (path.is_none() || self.shape().is_none())
        {
            filter = Some(name.to_owned());
        }
        if path.is_none() && filter.is_none() {
            let mut wrong = unknown(argument, "these rows", name, &near);
            if wrong.nearest.is_none() && !self.action.filters.is_empty() {
                wrong.message =
                    format!("{}; Jamf filters on {}", wrong.message, self.action.filters.join(", "));
            }
            return Err(wrong);
        }
        let at = path.as_deref().unwrap_or(name);
        let of_device = self.redaction.is_name_of_device(self.action.path, at);
        // Jamf would judge these by what is not shown; here they are judged by what is.
        if of_device || secrets::is_free_text(at.rsplit('.').next().unwrap_or_default()) {
            filter = None;
            if path.is_none() {
                return Err(problem(
                    argument,
                    format!("`{}` cannot be filtered on: these rows do not show it", short(name)),
                ));
            }
        }
        let kind = path.as_deref().and_then(|path| match self.shape()?.at(path) {
            Found::Scalar(kind) => Some(kind),
            _ => None,
        });
        let personal = self.redaction.personal(self.action.path, path.as_deref().unwrap_or(name));
        if personal.is_some() && self.redaction.leaves_out() {
            return Err(withheld(argument, name));
        }
        Ok(Field { filter, path, kind, personal, of_device })
    }

    /// A value as Jamf takes it: moments in words become moments.
    fn value(&self, field: &Field, name: &str, op: &str, value: &str) -> Result<String, Problem> {
        if field.personal.is_some() && !SAME.contains(&op) {
            return Err(problem(
                "where",
                format!(
                    "`{}` is a pseudonym in the answers of this server: only eq, ne, in and not_in say anything of it",
                    short(name)
                ),
            ));
        }
        let ordered = ORDER.contains(&op);
        if !(field.is_moment()
            || field.is_day()
            || (ordered && field.kind.as_deref().is_none_or(|kind| kind == "string")))
        {
            return Ok(value.to_owned());
        }
        let Some(moment) = when::relative(value, self.now)
            .or_else(|| (field.is_moment() || field.is_day()).then(|| when::moment(value)).flatten())
        else {
            return Ok(value.to_owned());
        };
        Ok(if field.is_day() { when::written_day(moment) } else { when::written(moment) })
    }

    /// What a row shows in place of a value; of a `whole` name of a device without its owner's.
    fn shown(&self, field: &Field, value: &str, whole: bool) -> String {
        match field.personal {
            Some(kind) if !value.is_empty() => self.redaction.pseudonym(kind, value),
            None if field.of_device && whole => self.redaction.device(value, &People::default()),
            _ => value.to_owned(),
        }
    }

    /// Jamf would find nothing by a pseudonym.
    fn is_pseudonym(&self, value: &str) -> bool {
        !self.redaction.is_off() && redact::is_pseudonym(value)
    }
}

/// Field, comparison and values of a condition.
fn parsed<'a>(words: &'a [&'a str]) -> Result<(&'a str, String, &'a [&'a str]), Problem> {
    let [name, op, values @ ..] = words else {
        let form = "a condition is [field, op, value], such as [\"name\", \"contains\", \"lab\"]";
        return Err(problem("where", form));
    };
    let op = op.trim().to_lowercase();
    if !COMPARISONS.contains(&op.as_str()) {
        let known = COMPARISONS.join(", ");
        let mut wrong = problem("where", format!("`{}` is no comparison; they are {known}", short(&op)));
        wrong.nearest = nearest(&op, COMPARISONS.into_iter()).map(str::to_owned);
        return Err(wrong);
    }
    let (fits, wanted) = match op.as_str() {
        "is_empty" | "not_empty" => (values.is_empty(), "no value"),
        "in" | "not_in" => (!values.is_empty(), "one value or more"),
        _ => (values.len() == 1, "one value"),
    };
    if !fits {
        return Err(problem("where", format!("`{op}` takes {wanted}, has {}", values.len())));
    }
    Ok((name, op, values))
}

/// What an operator of RSQL is called in `where`, as far as it matters to values.
fn comparison_of(operator: &str, values: &[String], personal: bool) -> &'static str {
    match operator {
        // A part of a name that callers do not see would tell them the name, letter by letter.
        _ if personal && values.iter().any(|value| value.contains('*')) => "contains",
        "==" => "eq",
        "!=" => "ne",
        "=in=" => "in",
        "=out=" => "not_in",
        _ => "lt",
    }
}

fn rename(comparison: &mut Expression, name: String) {
    if let Expression::Comparison { selector, .. } = comparison {
        *selector = name;
    }
}

fn unanswerable(argument: &str, name: &str) -> Problem {
    let why = format!("Jamf filters on `{}`, but its rows do not show it; ask with eq or in", short(name));
    problem(argument, why)
}

/// Who answers a condition.
enum Asked {
    Jamf(Expression),
    Here(String, Sieve),
}

fn problem(path: &str, message: impl Into<String>) -> Problem {
    Problem { path: path.to_owned(), given: None, message: message.into(), nearest: None }
}

fn unknown(argument: &str, of: &str, name: &str, near: &[String]) -> Problem {
    let mut problem = problem(argument, format!("there is no field `{}` in {of}", short(name)));
    match near {
        [] => {}
        [only] => problem.nearest = Some(only.clone()),
        several => problem.message = format!("which `{}` is meant: {}", short(name), several.join(", ")),
    }
    problem
}

fn withheld(argument: &str, name: &str) -> Problem {
    problem(
        argument,
        format!(
            "`{}` is personal, and this server is configured to leave personal fields out (`redaction`)",
            short(name)
        ),
    )
}

fn short(text: &str) -> String {
    super::clean::text(text).chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_taken_in_every_form_that_models_write() {
        let of = |given: Value| {
            let mut arguments = json!({ "where": given }).as_object().unwrap().clone();
            repaired(&mut arguments);
            arguments.remove("where").unwrap()
        };
        let one = json!([["name", "eq", "x"]]);
        assert_eq!(of(one.clone()), one);
        assert_eq!(of(json!(["name", "eq", "x"])), one);
        assert_eq!(of(json!({ "field": "name", "op": "eq", "value": "x" })), one);
        assert_eq!(of(json!([{ "field": "name", "op": "eq", "value": ["x"] }])), one);
        assert_eq!(of(json!("[{\"field\":\"name\",\"op\":\"eq\",\"value\":\"x\"}]")), one);
        assert_eq!(
            of(json!([{ "field": "a", "op": "is_empty" }, ["b", "lt", 5]])),
            json!([["a", "is_empty"], ["b", "lt", 5]])
        );
        let other = json!([{ "field": "a", "operator": "eq" }]);
        assert_eq!(of(other.clone()), other, "what is not known is left for the check to refuse");
    }
}
