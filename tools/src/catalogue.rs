//! All actions, by name.

use crate::action::Action;

/// The actions of one resource file.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// Name of the resource file.
    pub name: &'static str,
    /// Toolset that its actions belong to.
    pub toolset: &'static str,
    /// The actions, in the order of the file.
    pub actions: &'static [Action],
}

/// Every action that the binary knows.
#[derive(Debug)]
pub struct Catalogue {}
