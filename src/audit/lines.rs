//! Lines of a log file as bytes: a record may hold any text, and a line may be cut off anywhere, also inside a character.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// How much is read at first from the end of a file; twice as much each time that this was not enough.
const PIECE: u64 = 64 * 1024;

/// Read the lines of a file from its end, the last one first, for as long as `goes_on` says so. Empty lines are left out.
pub(super) fn from_end(file: &mut File, mut goes_on: impl FnMut(&[u8]) -> bool) -> std::io::Result<()> {
    let mut end = file.seek(SeekFrom::End(0))?;
    // The end of a line whose beginning has not been read yet.
    let mut rest = Vec::new();
    let mut piece = PIECE;
    while end > 0 {
        let begin = end.saturating_sub(piece);
        file.seek(SeekFrom::Start(begin))?;
        let mut bytes = Vec::new();
        Read::by_ref(file).take(end - begin).read_to_end(&mut bytes)?;
        bytes.append(&mut rest);
        let whole = match bytes.iter().position(|byte| *byte == b'\n') {
            _ if begin == 0 => 0,
            Some(first) => first + 1,
            None => bytes.len(),
        };
        let (before, lines) = bytes.split_at(whole);
        for line in lines.rsplit(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            if !goes_on(line) {
                return Ok(());
            }
        }
        rest = before.to_vec();
        end = begin;
        piece = piece.saturating_mul(2);
    }
    Ok(())
}

/// Whether the last line of a file has its end.
pub(super) fn is_ended(file: &mut File) -> std::io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Whether a line holds a text anywhere.
pub(super) fn holds(line: &[u8], text: &str) -> bool {
    match std::str::from_utf8(line) {
        Ok(line) => line.contains(text),
        Err(_) => text.is_empty() || line.windows(text.len()).any(|window| window == text.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn backwards(bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let mut found = Vec::new();
        from_end(&mut file, |line| {
            found.push(line.to_vec());
            true
        })
        .unwrap();
        found.reverse();
        found
    }

    #[test]
    fn lines_are_the_same_from_both_ends_wherever_the_pieces_begin() {
        for length in [1, 7, 1_000, 65_535, 65_536, 65_537, 200_000] {
            let lines: Vec<Vec<u8>> =
                (0..9_u8).map(|number| vec![b'a' + number; length + usize::from(number)]).collect();
            let mut bytes = lines.join(&b'\n');
            assert_eq!(backwards(&bytes), lines, "{length}, not ended");
            bytes.push(b'\n');
            assert_eq!(backwards(&bytes), lines, "{length}");
        }
        assert!(backwards(b"").is_empty());
        assert!(backwards(b"\n\n").is_empty());
    }
}
