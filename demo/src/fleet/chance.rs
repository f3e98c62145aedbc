//! Chance that can be repeated: every fact of a device comes from the seed, its index and a word, and is stored nowhere.

/// A source of facts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chance {
    seed: u64,
}

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A number that depends on nothing but the seed, the index and the word.
    pub(crate) fn number(self, index: usize, word: &str) -> u64 {
        let mut state = self.seed ^ (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in word.bytes() {
            state = mix(state ^ u64::from(byte));
        }
        mix(state)
    }

    /// From 0 up to, and without, `below`.
    pub(crate) fn below(self, index: usize, word: &str, below: u64) -> u64 {
        self.number(index, word) % below.max(1)
    }

    /// One of several.
    pub(crate) fn one<'a, T>(self, index: usize, word: &str, of: &'a [T]) -> Option<&'a T> {
        of.get(usize::try_from(self.below(index, word, of.len() as u64)).unwrap_or_default())
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(self, index: usize, word: &str, percent: u64) -> bool {
        self.below(index, word, 100) < percent
    }

    /// Hexadecimal digits.
    pub(crate) fn hex(self, index: usize, word: &str, digits: usize) -> String {
        let mut text = String::new();
        let mut part = 0;
        while text.len() < digits {
            text.push_str(&format!("{:016X}", self.number(index.wrapping_add(part << 32), word)));
            part += 1;
        }
        text.truncate(digits);
        text
    }

    /// A UUID in capitals.
    pub(crate) fn uuid(self, index: usize, word: &str) -> String {
        let hex = self.hex(index, word, 32);
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!("{}-{}-4{}-A{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
    }

    /// A MAC address with a local prefix.
    pub(crate) fn mac(self, index: usize, word: &str) -> String {
        let hex = self.hex(index, word, 10);
        let pairs: Vec<&str> = (0..5).filter_map(|at| hex.get(at * 2..at * 2 + 2)).collect();
        format!("02:{}", pairs.join(":"))
    }
}

fn mix(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
