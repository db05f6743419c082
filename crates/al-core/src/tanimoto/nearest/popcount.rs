//! Common bits of a query and a block of references, once per instruction set.

// The same safe loop is compiled for each instruction set; what is unsafe is only the call
// into a function that needs instructions, below the check that the processor has them.
// Tests compare each with the portable one.

/// PopcountInstructions that count bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PopcountInstructions {
    /// Eight words at a time: AVX-512 with VPOPCNTDQ.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// A word at a time.
    #[cfg(target_arch = "x86_64")]
    Popcnt,
    /// What every processor has.
    Portable,
}

impl PopcountInstructions {
    /// Those of this processor, the fastest first.
    pub(super) fn available() -> Vec<PopcountInstructions> {
        let mut available = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vpopcntdq")
            {
                available.push(PopcountInstructions::Avx512);
            }
            if is_x86_feature_detected!("popcnt") {
                available.push(PopcountInstructions::Popcnt);
            }
        }
        available.push(PopcountInstructions::Portable);
        available
    }
}

/// Writes to `common` how many bits the query has in common with each reference; `words`
/// holds the references one after the other.
pub(super) fn common_bits(
    instructions: PopcountInstructions,
    query: &[u64],
    words: &[u64],
    common: &mut [u32],
) {
    match instructions {
        // SAFETY: `PopcountInstructions::available` has found the features.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code, reason = "the one place where features are chosen")]
        PopcountInstructions::Avx512 => unsafe { common_avx512(query, words, common) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code, reason = "the one place where features are chosen")]
        PopcountInstructions::Popcnt => unsafe { common_popcnt(query, words, common) },
        PopcountInstructions::Portable => count(query, words, common),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512vpopcntdq")]
fn common_avx512(query: &[u64], words: &[u64], common: &mut [u32]) {
    count(query, words, common);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "popcnt")]
fn common_popcnt(query: &[u64], words: &[u64], common: &mut [u32]) {
    count(query, words, common);
}

#[inline(always)]
fn count(query: &[u64], words: &[u64], common: &mut [u32]) {
    match query.len() {
        32 => count_of::<32>(query, words, common),
        16 => count_of::<16>(query, words, common),
        n => {
            for (common, reference) in common.iter_mut().zip(words.chunks_exact(n.max(1))) {
                let both = query
                    .iter()
                    .zip(reference)
                    .map(|(a, b)| (a & b).count_ones());
                *common = both.sum();
            }
        }
    }
}

/// With a known number of words the loop over them is unrolled.
#[inline(always)]
fn count_of<const WORDS: usize>(query: &[u64], words: &[u64], common: &mut [u32]) {
    let Ok(query) = <&[u64; WORDS]>::try_from(query) else {
        return;
    };
    let (references, _) = words.as_chunks::<WORDS>();
    for (common, reference) in common.iter_mut().zip(references) {
        // Sums of eight lanes, so that they stay in one wide register.
        let mut lanes = [0_u64; 8];
        for (query, reference) in query.chunks_exact(8).zip(reference.chunks_exact(8)) {
            for (lane, (a, b)) in lanes.iter_mut().zip(query.iter().zip(reference)) {
                *lane += u64::from((a & b).count_ones());
            }
        }
        *common = lanes.iter().sum::<u64>() as u32;
    }
}
