//! What happens on the page, in the audit log: decisions in that of their tenant, who may decide in all of them.

use serde_json::{Value, json};

use super::Page;
use crate::approvals::records::of_decision;
use crate::audit::Record;
use crate::error::Error;
use crate::store::{Hold, PlanRecord};

/// One thing that somebody did.
pub(super) struct Deed<'a> {
    /// The person.
    pub(super) who: &'a str,
    /// The passkey.
    pub(super) credential: &'a str,
    /// What, as the log has it: `approved`, `rejected`, `secrets shown`, `secrets erased`, `released`, `enrolled`, `invited`, `removed`.
    pub(super) what: &'a str,
    /// Hash over the passkey, where it is enrolled: the gate knows it again by that.
    pub(super) fingerprint: Option<String>,
    /// In words.
    pub(super) sentence: String,
}

impl Page {
    /// Write down what is about to be done to a plan. What cannot be written down must not happen.
    pub(super) fn record_decision(&self, plan_record: &PlanRecord, deed: &Deed<'_>) -> Result<(), Error> {
        let record = Record {
            transport: "page".to_owned(),
            arguments: arguments(deed),
            ..of_decision(plan_record, deed.who, deed.what, deed.sentence.clone())
        };
        // Another process of the user may have this tenant; its log is in the same folder.
        self.logs.of(plan_record.tenant())?.record(&record)
    }

    /// Write down that a tenant is about to be released.
    pub(super) fn record_release(&self, hold: &Hold, who: &str, credential: &str) -> Result<(), Error> {
        let sentence = "with a passkey on the approvals page".to_owned();
        let deed = Deed { who, credential, what: "released", fingerprint: None, sentence };
        let record = Record { address: hold.address().to_owned(), ..record(&deed, hold.name(), "hold", "") };
        self.logs.of(hold.name())?.record(&record)
    }

    /// Write down in every log what is about to change of who may approve, and say it aloud.
    pub(super) fn announce(&self, deed: &Deed<'_>) -> Result<(), Error> {
        for audit in self.logs.all()? {
            audit.record(&record(deed, audit.tenant(), "approvers", ""))?;
        }
        tracing::warn!(who = deed.who, what = deed.what, "approvers change: {}", deed.sentence);
        Ok(())
    }
}

fn record(deed: &Deed<'_>, tenant: &str, tool: &str, risk: &str) -> Record {
    Record {
        who: deed.who.to_owned(),
        transport: "page".to_owned(),
        call: uuid::Uuid::new_v4().to_string(),
        tenant: tenant.to_owned(),
        tool: tool.to_owned(),
        risk: risk.to_owned(),
        phase: deed.what.to_owned(),
        arguments: arguments(deed),
        result: Some(deed.sentence.clone()),
        ..Record::default()
    }
}

fn arguments(deed: &Deed<'_>) -> Value {
    match &deed.fingerprint {
        Some(fingerprint) => json!({ "passkey": deed.credential, "fingerprint": fingerprint }),
        None => json!({ "passkey": deed.credential }),
    }
}
