//! Reads the `crate::` and `super::` paths of a package outside its tests, from the tokens of its files: paths in the arguments of
//! macros and in groups of a `use` count, those in comments and texts do not.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One path that leads from a module at the top of the package to another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path {
    /// The file that the path stands in.
    pub(crate) file: String,
    /// The module at the top that the path stands in; empty for the root itself.
    pub(crate) from: String,
    /// The module at the top that the path leads into; `*` where it names all of the root.
    pub(crate) to: String,
    /// The path begins with `crate::`.
    pub(crate) is_from_the_root: bool,
    /// The path is re-exported, in whatever visibility.
    pub(crate) is_given_out: bool,
}

/// The modules of one package, tests left out.
pub(crate) struct Package {
    modules: Vec<Module>,
}

struct Module {
    file: std::path::PathBuf,
    /// Where the module is in the package, without `crate`.
    place: Vec<String>,
    tokens: Vec<TokenTree>,
}

impl Package {
    /// Reads a package from its root file, and each module from there.
    pub(crate) fn read(library: &std::path::Path) -> Self {
        let mut package = Self { modules: Vec::new() };
        package.add(library, library.parent().unwrap(), Vec::new());
        package
    }

    /// The modules that the root declares.
    pub(crate) fn top_modules(&self) -> BTreeSet<&str> {
        self.modules.iter().filter_map(|module| module.place.first()).map(String::as_str).collect()
    }

    pub(crate) fn imports(&self) -> BTreeSet<Path> {
        let mut found = BTreeSet::new();
        for module in &self.modules {
            let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
            let file = module.file.strip_prefix(root).unwrap_or(&module.file);
            let file = file.to_string_lossy().replace('\\', "/");
            collect(&module.tokens, &module.place, false, &file, &mut found);
        }
        found
    }

    fn add(&mut self, file: &std::path::Path, folder: &std::path::Path, place: Vec<String>) {
        let text =
            std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let tokens = outside_tests(tokens);
        for (name, _) in declared(&tokens).into_iter().filter(|(_, body)| body.is_none()) {
            let place = [place.clone(), vec![name.clone()]].concat();
            let beside = folder.join(format!("{name}.rs"));
            let inside = folder.join(&name).join("mod.rs");
            let file = if beside.exists() { beside } else { inside };
            self.add(&file, &folder.join(&name), place);
        }
        self.modules.push(Module { file: file.to_owned(), place, tokens });
    }
}

/// The modules that these tokens declare; with their bodies where they stand here.
fn declared(tokens: &[TokenTree]) -> Vec<(String, Option<&TokenTree>)> {
    let declared = tokens.windows(3).filter_map(|window| match window {
        [TokenTree::Ident(word), TokenTree::Ident(name), body] if word == "mod" => {
            Some((name.to_string(), Some(body).filter(|body| matches!(body, TokenTree::Group(_)))))
        }
        _ => None,
    });
    declared.collect()
}

fn is(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(mark)) if mark.as_char() == wanted)
}

fn word(token: Option<&TokenTree>) -> Option<String> {
    match token {
        Some(TokenTree::Ident(word)) => Some(word.to_string()),
        _ => None,
    }
}

/// The same tokens without the items that are compiled for tests alone.
fn outside_tests(tokens: TokenStream) -> Vec<TokenTree> {
    let all: Vec<TokenTree> = tokens.into_iter().collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while let Some(token) = all.get(at) {
        let attribute = all.get(at + 1).map(ToString::to_string).unwrap_or_default();
        if is(Some(token), '#') && attribute.replace(' ', "") == "[cfg(test)]" {
            at = end_of_item(&all, at + 2);
            continue;
        }
        at += 1;
        kept.push(match token {
            TokenTree::Group(group) => {
                let inner = outside_tests(group.stream()).into_iter().collect();
                TokenTree::Group(proc_macro2::Group::new(group.delimiter(), inner))
            }
            other => other.clone(),
        });
    }
    kept
}

/// The place behind the item that begins at `start`.
fn end_of_item(tokens: &[TokenTree], start: usize) -> usize {
    let mut at = start;
    while is(tokens.get(at), '#') {
        at += 2;
    }
    let to_semicolon = (at..at + 3)
        .filter_map(|at| word(tokens.get(at)))
        .any(|word| ["use", "const", "static", "type", "let"].contains(&word.as_str()))
        && word(tokens.get(at + 1)).as_deref() != Some("fn");
    while let Some(token) = tokens.get(at) {
        at += 1;
        let is_body = matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        if is(Some(token), ';') || (is_body && !to_semicolon) {
            break;
        }
    }
    at
}

/// Adds the paths of these tokens, which stand in the module `place`.
fn collect(tokens: &[TokenTree], place: &[String], inherited: bool, file: &str, found: &mut BTreeSet<Path>) {
    let mut given_out = inherited;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Ident(name) if name == "use" => {
                given_out = is_public(tokens, at);
                at += 1;
            }
            TokenTree::Ident(name)
                if name == "mod" && matches!(tokens.get(at + 2), Some(TokenTree::Group(_))) =>
            {
                let (Some(name), Some(TokenTree::Group(body))) =
                    (word(tokens.get(at + 1)), tokens.get(at + 2))
                else {
                    break;
                };
                let inner: Vec<_> = body.stream().into_iter().collect();
                collect(&inner, &[place, &[name]].concat(), false, file, found);
                at += 3;
            }
            TokenTree::Ident(name) if name == "crate" && is(tokens.get(at + 1), ':') => {
                let path = Step { file, place, is_from_the_root: true, is_given_out: given_out };
                at = path.follow(tokens, at + 1, Vec::new(), found);
            }
            TokenTree::Ident(name) if name == "super" && is(tokens.get(at + 1), ':') => {
                let path = Step { file, place, is_from_the_root: false, is_given_out: given_out };
                let above = place.get(..place.len().saturating_sub(1)).unwrap_or_default().to_vec();
                at = path.follow(tokens, at + 1, above, found);
            }
            TokenTree::Group(group) => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                collect(&inner, place, given_out, file, found);
                at += 1;
            }
            other => {
                if is(Some(other), ';') {
                    given_out = inherited;
                }
                at += 1;
            }
        }
    }
}

/// Whether the `use` at this place is re-exported.
fn is_public(tokens: &[TokenTree], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at));
    let restricted =
        matches!(before(1), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
    word(before(if restricted { 2 } else { 1 })).as_deref() == Some("pub")
}

struct Step<'a> {
    file: &'a str,
    place: &'a [String],
    is_from_the_root: bool,
    is_given_out: bool,
}

impl Step<'_> {
    /// Follows one path whose `::` begins at `at`, from the module `reached`; the place behind the path.
    fn follow(
        &self,
        tokens: &[TokenTree],
        mut at: usize,
        mut reached: Vec<String>,
        found: &mut BTreeSet<Path>,
    ) -> usize {
        while is(tokens.get(at), ':') {
            at += 2;
            let next = tokens.get(at);
            match next {
                Some(TokenTree::Ident(name)) if name == "super" => drop(reached.pop()),
                Some(TokenTree::Ident(name)) => {
                    reached.push(name.to_string());
                    break;
                }
                Some(TokenTree::Group(group)) => {
                    let inner: Vec<_> = group.stream().into_iter().collect();
                    for branch in inner.split(|token| is(Some(token), ',')) {
                        self.branch(branch, &reached, found);
                    }
                    return at + 1;
                }
                _ => break,
            }
            at += 1;
        }
        self.arrive(&reached, found);
        at + 1
    }

    /// One branch of a group: what stands there as if the path before the group stood in front of it.
    fn branch(&self, branch: &[TokenTree], reached: &[String], found: &mut BTreeSet<Path>) {
        let Some(first) = word(branch.first()) else {
            if !branch.is_empty() {
                self.arrive(reached, found);
            }
            return;
        };
        let mut reached = reached.to_vec();
        if first == "super" {
            reached.pop();
            self.follow(branch, 1, reached, found);
        } else if first == "self" {
            self.arrive(&reached, found);
        } else {
            reached.push(first);
            self.arrive(&reached, found);
        }
    }

    fn arrive(&self, reached: &[String], found: &mut BTreeSet<Path>) {
        found.insert(Path {
            file: self.file.to_owned(),
            from: self.place.first().cloned().unwrap_or_default(),
            to: reached.first().cloned().unwrap_or_else(|| "*".to_owned()),
            is_from_the_root: self.is_from_the_root,
            is_given_out: self.is_given_out,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules that a text leads into, standing in `place`; with a `+` where it gives them out.
    fn led(place: &str, text: &str) -> Vec<String> {
        let place: Vec<String> = place.split("::").map(str::to_owned).collect();
        let mut found = BTreeSet::new();
        collect(&outside_tests(text.parse().unwrap()), &place, false, "", &mut found);
        let led =
            found.into_iter().map(|path| format!("{}{}", path.to, if path.is_given_out { "+" } else { "" }));
        led.collect()
    }

    #[test]
    fn paths_are_found_wherever_they_stand() {
        assert_eq!(led("gate", "use crate::store::Store;"), ["store"]);
        assert_eq!(
            led("gate", "use crate::{store::{Store, Row}, plan, tenant as t};"),
            ["plan", "store", "tenant"]
        );
        assert_eq!(
            led("gate::reach", "fn a() -> super::super::plan::Plan { json!({\"a\": crate::cli::X}) }"),
            ["cli", "plan"]
        );
        assert_eq!(led("gate::reach", "use super::{super::{cli, http}, draft};"), ["cli", "gate", "http"]);
        assert_eq!(
            led("gate", "mod inner { fn a() { super::super::store::open(); super::b() } }"),
            ["gate", "store"]
        );
        assert_eq!(led("gate", "use super::*;"), ["*"]);
        assert_eq!(led("gate", "use crate::{self as all};"), ["*"]);
        assert_eq!(led("gate", "macro_rules! m { () => { $crate::audit::write() } }"), ["audit"]);
    }

    #[test]
    fn what_is_given_out_is_told_from_what_is_used() {
        assert_eq!(led("gate", "pub use crate::store::Store; use crate::plan::Plan;"), ["plan", "store+"]);
        assert_eq!(led("gate", "pub(crate) use super::{store::Store, plan};"), ["plan+", "store+"]);
        assert_eq!(led("gate", "pub(in crate::gate) fn a() { crate::store::open() }"), ["gate", "store"]);
    }

    #[test]
    fn tests_comments_and_texts_do_not_count() {
        let text = r#"
            //! See [`crate::cli`].
            #[cfg(test)] use crate::http::Server;
            #[cfg(test)] #[expect(dead_code)] const N: [u8; { 1 }] = crate::mcp::N;
            #[cfg(test)] const fn two() { crate::pipeline::two() }
            /// [`crate::jobs`]
            fn one() -> &'static str { "crate::store" }
            #[cfg(test)] mod tests { use crate::audit::Audit; }
            impl A { #[cfg(test)] fn b() { crate::mcp::c() } fn d() { crate::plan::e() } }
        "#;
        assert_eq!(led("gate", text), ["plan"]);
    }
}
