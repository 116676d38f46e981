//! The keys of a session, derived from a master key (RFC 3711 section 4.3), and what is done with them.

use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};
use aes::{Aes128Enc, Block};
use hmac::Hmac;
use hmac::Mac as _;
use sha1::Sha1;
use subtle::ConstantTimeEq as _;

use crate::sdp::MASTER_LEN;

/// Blocks of keystream that are made together: processors have room for as many.
const TOGETHER: usize = 8;
/// The length of a block, in bytes.
const BLOCK: usize = 16;
/// The longest seal, in bytes: all that SHA-1 gives.
const MAC: usize = 20;

/// What a session key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Sound,
    Reports,
}

/// The keys of one direction and one use.
#[derive(Clone)]
pub(super) struct Keys {
    cipher: Aes128Enc,
    /// Shifted to where a counter block has it.
    salt: u128,
    seal: Hmac<Sha1>,
}

impl Keys {
    pub(super) fn derive(master: &[u8; MASTER_LEN], purpose: Use) -> Self {
        let (key, salt) = master.split_at(BLOCK);
        let (cipher, salt) = (cipher(key), shifted(salt));
        // RFC 3711 section 4.3.2: labels 0 to 2 are for sound, 3 to 5 for reports.
        let first = if purpose == Use::Sound { 0 } else { 3 };
        // The label is where a packet's source would be, so that the keystream of it is the key.
        let derived = |label: u32, bytes: &mut [u8]| apply(&cipher, salt, first + label, 0, bytes);
        let (mut session, mut seal, mut session_salt) = ([0; BLOCK], [0; MAC], [0; MASTER_LEN - BLOCK]);
        derived(0, &mut session);
        derived(1, &mut seal);
        derived(2, &mut session_salt);
        let seal = Hmac::new_from_slice(&seal).expect("HMAC takes a key of any length");
        Self { cipher: self::cipher(&session), salt: shifted(&session_salt), seal }
    }

    /// Encrypts, or decrypts: the same is done twice (section 4.1.1).
    pub(super) fn apply(&self, ssrc: u32, index: u64, bytes: &mut [u8]) {
        apply(&self.cipher, self.salt, ssrc, index, bytes);
    }

    /// The seal of a packet and what is sealed with it.
    pub(super) fn seal(&self, packet: &[u8], also: &[u8]) -> [u8; MAC] {
        let mut seal = self.seal.clone();
        seal.update(packet);
        seal.update(also);
        seal.finalize().into_bytes().into()
    }

    /// Whether a seal is true, in a time that tells nothing of where it differs.
    pub(super) fn is_sealed(&self, packet: &[u8], also: &[u8], seal: &[u8]) -> bool {
        self.seal(packet, also).get(..seal.len()).is_some_and(|ours| ours.ct_eq(seal).into())
    }
}

fn cipher(key: &[u8]) -> Aes128Enc {
    Aes128Enc::new_from_slice(key).expect("a key of 16 bytes")
}

/// The 14 bytes of a salt, two bytes above the counter.
fn shifted(salt: &[u8]) -> u128 {
    salt.iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte)) << 16
}

fn apply(cipher: &Aes128Enc, salt: u128, ssrc: u32, index: u64, bytes: &mut [u8]) {
    // Section 4.1.1: the counter has 16 bits below the index, which no packet of ours exceeds.
    let mut counter = salt ^ u128::from(ssrc) << 64 ^ u128::from(index) << 16;
    for piece in bytes.chunks_mut(TOGETHER * BLOCK) {
        let mut stream = [Block::default(); TOGETHER];
        let wanted = stream.iter_mut().take(piece.len().div_ceil(BLOCK));
        let mut count = 0;
        for block in wanted {
            *block = counter.to_be_bytes().into();
            (counter, count) = (counter.wrapping_add(1), count + 1);
        }
        cipher.encrypt_blocks(stream.get_mut(..count).unwrap_or_default());
        for (byte, key) in piece.iter_mut().zip(stream.iter().flatten()) {
            *byte ^= key;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::srtp::tests::hex;

    #[test]
    fn the_keystream_is_that_of_rfc_3711_appendix_b_2() {
        let cipher = cipher(&hex("2B7E151628AED2A6ABF7158809CF4F3C"));
        let salt = shifted(&hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"));
        let mut stream = vec![0; 0xff02 * BLOCK];
        apply(&cipher, salt, 0, 0, &mut stream);
        for (block, expected) in [
            (0, "E03EAD0935C95E80E166B16DD92B4EB4"),
            (1, "D23513162B02D0F72A43A2FE4A5F97AB"),
            (2, "41E95B3BB0A2E8DD477901E4FCA894C0"),
            (0xfeff, "EC8CDF7398607CB0F2D21675EA9EA1E4"),
            (0xff00, "362B7C3C6773516318A077D7FC5073AE"),
            (0xff01, "6A2CC3787889374FBEB4C81B17BA6C44"),
        ] {
            assert_eq!(stream[block * BLOCK..][..BLOCK], hex(expected), "{block:x}");
        }
    }

    #[test]
    fn the_keys_are_those_of_rfc_3711_appendix_b_3() {
        let master = hex("E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6");
        let (cipher, salt) = (cipher(&master[..BLOCK]), shifted(&master[BLOCK..]));
        for (label, expected) in [
            (0, "C61E7A93744F39EE10734AFE3FF7A087"),
            (
                1,
                "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF722\
                 70986371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E47403576",
            ),
            (2, "30CBBC08863D8C85D49DB34A9AE1"),
        ] {
            let expected = hex(expected);
            let mut bytes = vec![0; expected.len()];
            apply(&cipher, salt, label, 0, &mut bytes);
            assert_eq!(bytes, expected, "{label}");
        }
        let keys = Keys::derive(&master.try_into().unwrap(), Use::Sound);
        assert_eq!(keys.salt, shifted(&hex("30CBBC08863D8C85D49DB34A9AE1")));
    }
}
