//! Secrets of a call, as its action declares them: arguments that no caller gives and where each comes from ([`Source`]), fields of
//! the answer that hold a secret which is shown once, and secrets that are deleted with the object.

use crate::action::Action;
use crate::effects::DeviceKind;

/// Where a secret argument comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The person who approves the call types it.
    Person,
    /// It is made of a file or of other arguments, such as the payload of a profile. Nobody types it.
    File,
    /// Six digits, made for a computer alone, kept for the approver under this label.
    Pin(&'static str),
    /// A password that nobody has to remember, kept for the approver under this label.
    Password(&'static str),
    /// The tenant has it in the record of the device.
    Record(RecordSecret),
}

/// A secret in the record of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordSecret {
    /// The kind of device whose records have it.
    pub kind: DeviceKind,
    /// The action that reads it by the argument `id`.
    pub read_by: &'static str,
    /// Dotted paths in the answer; the first one that has a value counts.
    pub places: &'static [&'static str],
    /// The secret's name for people, such as `FileVault recovery key`.
    pub label: &'static str,
}

/// Arguments that come from one source, as dotted paths.
pub(crate) type Secrets = (&'static [&'static str], Source);

impl Action {
    /// Arguments that no caller may give, and where they come from. Their fields are not in the schema.
    #[must_use]
    pub const fn secret(mut self, secrets: &'static [Secrets]) -> Self {
        self.secrets = secrets;
        self
    }

    /// Fields of the answer that are kept for the approver and shown once, each with its label: `("clientSecret", "client secret")`.
    /// A client id stands beside its secret.
    #[must_use]
    pub const fn gives_secret(mut self, fields: &'static [(&'static str, &'static str)]) -> Self {
        self.gives_secret = fields;
        self
    }

    /// Secrets that are lost with the object that a call deletes. They are read first and kept for the approver.
    #[must_use]
    pub const fn deletes_secrets(mut self, secrets: &'static [RecordSecret]) -> Self {
        self.deletes_secrets = secrets;
        self
    }

    /// The arguments that no caller may give, each with its source.
    pub fn secrets(&self) -> impl Iterator<Item = (&'static str, Source)> + '_ {
        self.secrets
            .iter()
            .flat_map(|(arguments, source)| arguments.iter().map(move |argument| (*argument, *source)))
    }

    /// Where a secret argument comes from; `None` for an argument that a caller gives.
    pub fn source_of(&self, argument: &str) -> Option<Source> {
        self.secrets().find(|(known, _)| *known == argument).map(|(_, source)| source)
    }

    /// The secrets of records that a call reads for the person: those that it sends and those that it deletes.
    pub fn record_secrets(&self) -> impl Iterator<Item = RecordSecret> + '_ {
        let sent = self.secrets().filter_map(|(_, source)| match source {
            Source::Record(secret) => Some(secret),
            Source::Person | Source::File | Source::Pin(_) | Source::Password(_) => None,
        });
        sent.chain(self.deletes_secrets.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalogue, Method, Risk};

    #[test]
    fn secrets_of_records_are_read_by_actions_that_reveal_them() {
        let mut count = 0;
        for secret in Catalogue::get().actions().flat_map(Action::record_secrets) {
            let reader = Catalogue::get().find(secret.read_by).unwrap();
            assert_eq!((reader.name, reader.method), (secret.read_by, Method::Get));
            let hides = |place: &&str| {
                let name = place.rsplit('.').next().unwrap();
                reader.hides.contains(place) || reader.hides.contains(&name)
            };
            assert!(reader.risk == Risk::Secret || secret.places.iter().all(hides), "{secret:?}");
            assert!(reader.risk == Risk::Read || !reader.privileges.is_empty(), "{secret:?}");
            count += 1;
        }
        assert!(count > 3, "{count}");
    }

    /// What an answer holds for a person is hidden from the caller, but for the id that goes with it.
    #[test]
    fn secrets_of_an_answer_are_hidden_from_the_caller() {
        let giving = |action: &&Action| !action.gives_secret.is_empty();
        assert!(Catalogue::get().actions().filter(giving).count() > 1);
        for action in Catalogue::get().actions().filter(giving) {
            assert_ne!(action.method, Method::Get, "{}", action.name);
            let (hidden, shown): (Vec<_>, Vec<_>) =
                action.gives_secret.iter().partition(|(field, _)| action.hides.contains(field));
            assert!(!hidden.is_empty(), "{}", action.name);
            assert!(shown.iter().all(|(field, _)| field.ends_with("Id")), "{} {shown:?}", action.name);
        }
    }
}
