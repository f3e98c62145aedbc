//! Groups that ask for the membership of other groups: in which order they are judged, and which ask for one another in a circle.

/// Sets of groups, each after those that it asks for. A set of several groups is a circle; so is one that asks for itself.
///
/// `uses` has for each group the places of the groups that it asks for. Nothing here recurses, because a tenant decides how long a
/// chain of groups is.
pub(super) fn components(uses: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let finished = finish_order(uses);
    let mut used_by = vec![Vec::new(); uses.len()];
    for (at, used) in uses.iter().enumerate() {
        for other in used {
            if let Some(by) = used_by.get_mut(*other) {
                by.push(at);
            }
        }
    }
    // The method of Kosaraju: in the reversed graph, whatever is reached from the last one to finish asks for it and is asked for.
    let mut is_taken = vec![false; uses.len()];
    let mut found = Vec::new();
    for root in finished.into_iter().rev() {
        let mut component = Vec::new();
        let mut waiting = vec![root];
        while let Some(at) = waiting.pop() {
            let Some(taken) = is_taken.get_mut(at) else { continue };
            if std::mem::replace(taken, true) {
                continue;
            }
            component.push(at);
            waiting.extend(used_by.get(at).into_iter().flatten());
        }
        if !component.is_empty() {
            component.sort_unstable();
            found.push(component);
        }
    }
    found.reverse();
    found
}

/// All groups, each when everything that is reached from it has been seen.
fn finish_order(uses: &[Vec<usize>]) -> Vec<usize> {
    let mut is_seen = vec![false; uses.len()];
    let mut finished = Vec::new();
    for root in 0..uses.len() {
        let mut path = vec![(root, 0)];
        while let Some((at, next)) = path.pop() {
            let Some(seen) = is_seen.get_mut(at) else { continue };
            if next == 0 && std::mem::replace(seen, true) {
                continue;
            }
            match uses.get(at).and_then(|used| used.get(next)) {
                Some(other) => path.extend([(at, next + 1), (*other, 0)]),
                None => finished.push(at),
            }
        }
    }
    finished
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_comes_first_and_circles_are_one_set() {
        // 0 asks for 1 and 3, 1 and 2 for one another, 3 for nothing, 4 for itself.
        let uses = vec![vec![1, 3], vec![2], vec![1], vec![], vec![4]];
        let found = components(&uses);
        let place = |group: usize| found.iter().position(|set| set.contains(&group)).unwrap();
        assert_eq!(found.len(), 4);
        assert_eq!(found[place(1)], [1, 2]);
        assert!(place(1) < place(0) && place(3) < place(0), "{found:?}");
        assert_eq!(found[place(4)], [4]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let many = 100_000;
        let uses: Vec<Vec<usize>> =
            (0..many).map(|at| if at + 1 < many { vec![at + 1] } else { Vec::new() }).collect();
        let found = components(&uses);
        assert_eq!((found.len(), &found[0][..]), (many, &[many - 1][..]));
    }
}
