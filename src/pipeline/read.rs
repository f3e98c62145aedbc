//! Reads of lists: the rows that were asked for, and how many have no value of a field that Jamf filters on.

use jamf_pro_client::{Call, Walk, Wanted};
use jamf_pro_tools::{Action, Request};
use serde_json::Value;

use super::execute::PermittedCall;
use crate::error::Error;
use crate::query::fields::without_secrets;
use crate::render::list::Asked;

impl PermittedCall {
    /// The rows of a list as text, or of the file that they were saved into.
    pub(super) async fn list(&self, action: &'static Action, request: &Request) -> Result<String, Error> {
        let mut asked = Asked {
            action,
            checked: &self.checked,
            question: &self.question,
            limits: &self.limits,
            without_value: Vec::new(),
        };
        let (wanted, walk, through) = (asked.wanted(), asked.walk()?, asked.through());
        let mut listing = self
            .tenant
            .list_through(action, request, &wanted, &walk, through.as_ref(), &self.call.client)
            .await?;
        for row in &mut listing.rows {
            *row = without_secrets(action, std::mem::take(row));
        }
        asked.without_value = self.without_value(action).await;
        asked.refuse_incomparable()?;
        let Some(file) = asked.file() else { return asked.answer(&walk, &listing) };
        let rows = std::mem::take(&mut listing.rows);
        let written = tokio::task::spawn_blocking(move || (file.write(&rows), rows)).await;
        let (link, rows) =
            written.map_err(|error| Error::Internal(format!("saving failed unexpectedly: {error}")))?;
        listing.rows = rows;
        let link = link?;
        let text = asked.saved(&walk, &listing, &link);
        self.links.add(link);
        Ok(text)
    }

    /// How many rows have no value of a field that Jamf filters on: they are in no answer of Jamf's, so it is asked for two
    /// totals. None where the tenant does not say. Who goes on at a later page was told already.
    async fn without_value(&self, action: &'static Action) -> Vec<(String, Option<u64>)> {
        if self.checked.number("page").is_some_and(|page| page > 0) {
            return Vec::new();
        }
        let counts = self.question.counts.iter().map(|count| async move {
            let totals = futures::future::join(
                self.total(action, count.others.clone()),
                self.total(action, Some(count.with_value.clone())),
            );
            let (others, with_value) = totals.await;
            let count_of =
                others.zip(with_value).map(|(others, with_value)| others.saturating_sub(with_value));
            (count_of.is_some() || !count.is_text).then(|| (count.field.clone(), count_of))
        });
        let counted = futures::future::join_all(counts).await.into_iter().flatten();
        counted.chain(self.question.uncounted.iter().map(|field| (field.clone(), None))).collect()
    }

    /// How many rows a filter finds.
    async fn total(&self, action: &'static Action, filter: Option<String>) -> Option<u64> {
        let checked =
            self.checked.clone().replaced("filter", filter.map(Value::String)).replaced("section", None);
        let request = action.request(&checked).ok()?;
        let wanted = Wanted { fields: vec!["id".to_owned()], hidden: action.hides };
        let walk = Walk { offset: 0, page_size: 1, all: false, budget: usize::MAX };
        let call = Call { progress: None, ..self.call.client.clone() };
        self.tenant.list(action, &request, &wanted, &walk, &call).await.ok()?.total
    }
}
