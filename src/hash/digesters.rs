//! Computes the digests that have no kernels in `batchproc-lanes`. External crates do the work, behind
//! one small trait. At run time they detect which instructions the CPU has for it (AVX2, carry-less
//! multiplication).

use twox_hash::{XxHash3_64, XxHash3_128, XxHash32, XxHash64};

/// One digest that is being computed.
pub trait Digester: Send {
    /// Adds the next bytes of the data.
    fn update(&mut self, data: &[u8]);

    /// Appends the bytes of the digest in the order in which they are printed. Called once, after
    /// all data.
    fn finish(&mut self, out: &mut Vec<u8>);
}

/// SM3.
pub fn sm3() -> Box<dyn Digester> {
    Box::new(sm3::Sm3::default())
}

/// BLAKE2b with this number of bytes, without a key.
pub fn blake2b<const BYTES: usize>() -> Box<dyn Digester> {
    Box::new(blake2b_simd::Params::new().hash_length(BYTES).to_state())
}

/// XXH32, seed 0.
pub fn xxh32() -> Box<dyn Digester> {
    Box::new(XxHash32::with_seed(0))
}

/// XXH64, seed 0.
pub fn xxh64() -> Box<dyn Digester> {
    Box::new(XxHash64::with_seed(0))
}

/// XXH3, 64 bits, seed 0.
pub fn xxh3_64() -> Box<dyn Digester> {
    Box::new(XxHash3_64::new())
}

/// XXH3, 128 bits, seed 0.
pub fn xxh3_128() -> Box<dyn Digester> {
    Box::new(XxHash3_128::new())
}

/// CRC-32 as defined in IEEE 802.3 and used by zip, gzip and PNG.
pub fn crc32() -> Box<dyn Digester> {
    Box::new(crc32fast::Hasher::new())
}

impl Digester for sm3::Sm3 {
    fn update(&mut self, data: &[u8]) {
        sm3::Digest::update(self, data);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(&sm3::Digest::finalize_reset(self));
    }
}

impl Digester for blake2b_simd::State {
    fn update(&mut self, data: &[u8]) {
        self.update(data);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        out.extend(self.finalize().as_bytes());
    }
}

// The bytes of these digests are big-endian, as in the canonical form that xxhsum prints.
impl Digester for XxHash32 {
    fn update(&mut self, data: &[u8]) {
        std::hash::Hasher::write(self, data);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        out.extend(self.finish_32().to_be_bytes());
    }
}

impl Digester for XxHash64 {
    fn update(&mut self, data: &[u8]) {
        std::hash::Hasher::write(self, data);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        out.extend(std::hash::Hasher::finish(self).to_be_bytes());
    }
}

impl Digester for XxHash3_64 {
    fn update(&mut self, data: &[u8]) {
        std::hash::Hasher::write(self, data);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        out.extend(std::hash::Hasher::finish(self).to_be_bytes());
    }
}

impl Digester for XxHash3_128 {
    fn update(&mut self, data: &[u8]) {
        self.write(data);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        out.extend(self.finish_128().to_be_bytes());
    }
}

impl Digester for crc32fast::Hasher {
    fn update(&mut self, data: &[u8]) {
        self.update(data);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        out.extend(self.clone().finalize().to_be_bytes());
    }
}
