//! The memory of the last answer, which the next one uses again: memory of this size that is freed goes back to the operating system, and
//! taking it anew costs a page fault for every 4 KB.

use std::sync::{Mutex, PoisonError};

use bytes::{Bytes, BytesMut};

/// The largest memory that is kept, in bytes.
const LARGEST: usize = 1024 * 1024;

/// The memory of one answer.
#[derive(Debug, Default)]
pub(crate) struct SpareBuffer(Mutex<Option<BytesMut>>);

impl SpareBuffer {
    /// Empty memory for an answer of about this many bytes.
    pub(crate) fn take(&self, room: usize) -> BytesMut {
        let spare = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        spare.filter(|spare| spare.capacity() >= room).unwrap_or_else(|| BytesMut::with_capacity(room))
    }

    /// Keep the memory of an answer that nobody looks at any more; one that is still looked at is not touched.
    pub(crate) fn keep(&self, answer: Bytes) {
        let Ok(mut buffer) = answer.try_into_mut() else { return };
        if buffer.capacity() <= LARGEST {
            buffer.clear();
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_an_answer_is_used_again_once_nobody_looks_at_it() {
        let spare = SpareBuffer::default();
        let mut buffer = spare.take(1000);
        buffer.extend_from_slice(b"answer");
        let at = buffer.as_ptr();
        let answer = buffer.freeze();
        let looked_at = answer.clone();
        spare.keep(answer);
        assert_ne!(spare.take(1000).as_ptr(), at);
        spare.keep(looked_at);
        let again = spare.take(1000);
        assert_eq!((again.as_ptr(), again.len()), (at, 0));
    }

    #[test]
    fn a_large_answer_is_not_kept_and_a_small_one_makes_no_room_for_a_large_one() {
        let spare = SpareBuffer::default();
        spare.keep(BytesMut::with_capacity(LARGEST + 1).freeze());
        assert!(spare.0.lock().unwrap().is_none());
        spare.keep(BytesMut::with_capacity(10).freeze());
        assert!(spare.take(1000).capacity() >= 1000);
    }
}
