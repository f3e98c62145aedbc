//! Invitations: how a person with a passkey lets another one enroll theirs, on the same machine or another.
//!
//! A code that is told from person to person, for one name, ten minutes and one use. It lives in memory, with the process.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::token_store::TokenStore;
use crate::error::Error;
use crate::store::{Voucher, random_code};

const LASTS: Duration = Duration::from_secs(600);

/// Open at the same time.
const MOST: usize = 8;

/// Wrong codes before all invitations end: nobody gets to guess.
const MOST_WRONG: u32 = 5;

/// Who is invited, and who vouches for them.
#[derive(Debug, Clone)]
pub(super) struct Invitation {
    pub(super) name: String,
    /// The account that calls of the person come from; empty for a person who makes none.
    pub(super) principal: String,
    pub(super) voucher: Voucher,
}

#[derive(Debug)]
pub(super) struct Invitations {
    open: TokenStore<Invitation>,
    wrong: AtomicU32,
}

impl Default for Invitations {
    fn default() -> Self {
        Self { open: TokenStore::new(LASTS, MOST), wrong: AtomicU32::new(0) }
    }
}

impl Invitations {
    /// A code for a person, to be told to them.
    pub(super) fn invite(&self, invitation: Invitation) -> Result<String, Error> {
        let code = random_code()?;
        self.wrong.store(0, Ordering::Relaxed);
        self.open.put_under(&code, invitation);
        Ok(code)
    }

    /// Use a code up.
    pub(super) fn accept(&self, code: &str) -> Option<Invitation> {
        let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        let found = self.open.take(&plain.to_ascii_uppercase());
        if found.is_none() && self.wrong.fetch_add(1, Ordering::Relaxed) + 1 >= MOST_WRONG {
            self.open.drop_if(|_| true);
        }
        found
    }

    /// The passkey of somebody who vouched was taken away: so is their word.
    pub(super) fn end_those_of(&self, credential: &str) {
        self.open.drop_if(|invitation| {
            matches!(&invitation.voucher, Voucher::Passkey { credential: voucher, .. } if voucher == credential)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ben() -> Invitation {
        let voucher = Voucher::Passkey { credential: "a".to_owned(), proof: String::new() };
        Invitation { name: "Ben".to_owned(), principal: String::new(), voucher }
    }

    #[test]
    fn a_code_lets_one_person_in_once() {
        let invitations = Invitations::default();
        let code = invitations.invite(ben()).unwrap();
        let spoken = format!(" {} {} ", &code[..6].to_lowercase(), &code[6..]);
        assert_eq!(invitations.accept(&spoken).unwrap().name, "Ben");
        assert!(invitations.accept(&code).is_none());
    }

    #[test]
    fn five_wrong_codes_end_all() {
        let invitations = Invitations::default();
        let code = invitations.invite(ben()).unwrap();
        (0..5).for_each(|_| assert!(invitations.accept("wrong").is_none()));
        assert!(invitations.accept(&code).is_none());
        let another = invitations.invite(ben()).unwrap();
        assert!(invitations.accept(&another).is_some());
    }

    #[test]
    fn an_invitation_goes_with_the_passkey_of_its_host() {
        let invitations = Invitations::default();
        let code = invitations.invite(ben()).unwrap();
        invitations.end_those_of("a");
        assert!(invitations.accept(&code).is_none());
    }
}
