//! Many packets of many sockets in one call of the kernel (io_uring), which costs a fifth less than one by one.
//!
//! Where the kernel has none, or a container forbids it, packets go out one by one.

#[cfg(target_os = "linux")]
pub(super) use linux::Ring;
#[cfg(not(target_os = "linux"))]
pub(super) use none::Ring;

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::os::fd::AsRawFd as _;

    use io_uring::types::Fd;
    use io_uring::{IoUring, opcode};

    use crate::play::out::{BATCH, Packet};

    /// As the headers of Linux have it: what cannot be taken at once is refused.
    const MSG_DONTWAIT: i32 = 0x40;

    /// The kernel's queue.
    pub(in crate::play) struct Ring(IoUring);

    impl Ring {
        pub(in crate::play) fn new() -> io::Result<Self> {
            let entries = BATCH as u32;
            // Since Linux 6.1 the kernel does nothing behind our back; an older one costs a little more.
            let quiet = IoUring::builder().setup_single_issuer().setup_defer_taskrun().build(entries);
            quiet.or_else(|_| IoUring::new(entries)).map(Self)
        }

        /// Hands packets over and waits until each was taken or refused. Tells how many were taken.
        ///
        /// # Errors
        /// If the kernel takes no more. It may still look at the packets, then and for ever.
        pub(in crate::play) fn send(&mut self, packets: &[Packet]) -> io::Result<usize> {
            let mut asked = 0;
            for (number, packet) in packets.iter().enumerate() {
                if self.push(number as u64, packet)? {
                    asked += 1;
                }
            }
            let (mut taken, mut done) = (0, 0);
            while done < asked {
                match self.0.submit_and_wait(asked - done) {
                    Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                    _ => {}
                }
                for answer in self.0.completion() {
                    done += 1;
                    let packet = packets.get(answer.user_data() as usize);
                    // A refusal may be of an earlier packet: once more, by itself.
                    if answer.result() >= 0 || packet.is_some_and(|packet| packet.send().is_ok()) {
                        taken += 1;
                    }
                }
            }
            Ok(taken)
        }

        #[expect(unsafe_code, reason = "the kernel reads the packet while we wait for it")]
        fn push(&mut self, number: u64, packet: &Packet) -> io::Result<bool> {
            let Some(stream) = packet.stream() else { return Ok(false) };
            let bytes = packet.bytes();
            let send = opcode::Send::new(Fd(stream.socket.as_raw_fd()), bytes.as_ptr(), bytes.len() as u32);
            let send = match packet.remote() {
                Some(remote) => send.dest_addr(remote.as_ptr().cast()).dest_addr_len(remote.len()),
                None => send,
            };
            let entry = send.flags(MSG_DONTWAIT).build().user_data(number);
            // SAFETY: bytes, address and socket belong to `packet`, which `send` borrows until the kernel has
            // answered for it; where it never answers, `Out` never uses or frees them again.
            unsafe { self.0.submission().push(&entry) }.map_err(io::Error::other)?;
            Ok(true)
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod none {
    use std::io;

    use crate::play::out::Packet;

    /// There is none.
    pub(in crate::play) enum Ring {}

    impl Ring {
        pub(in crate::play) fn new() -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(in crate::play) fn send(&mut self, _: &[Packet]) -> io::Result<usize> {
            match *self {}
        }
    }
}
