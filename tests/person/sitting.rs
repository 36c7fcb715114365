//! A person before a terminal, who presses keys.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// What stands where a person is waited for.
pub const PROMPT: &str = "Enter plays it";

/// A person before the terminal of a program.
pub struct Sitting {
    child: Child,
    keys: File,
    seen: std::sync::mpsc::Receiver<Vec<u8>>,
    /// All that was seen.
    pub screen: String,
}

impl Sitting {
    /// Starts a program with a terminal of its own.
    pub fn before(mut command: Command) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let side = || Stdio::from(File::options().read(true).write(true).open(&name).unwrap());
        let child = command.stdin(side()).stdout(side()).stderr(side()).spawn().unwrap();
        drop(command);
        let (screen, seen) = std::sync::mpsc::channel();
        let (keys, mut output) = (File::from(master.try_clone().unwrap()), File::from(master));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Once nobody writes any more, reading fails.
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                if screen.send(bytes[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, keys, seen, screen: String::new() }
    }

    /// Presses a key at each prompt until the program ends; returns how often, and its exit code. `look` is called before, with the
    /// number of the prompt, 1 for the first.
    pub fn press_at_each_prompt(&mut self, keys: &str, look: impl Fn(usize)) -> (usize, Option<i32>) {
        let (mut pressed, begun) = (0, Instant::now());
        loop {
            assert!(begun.elapsed() < Duration::from_secs(120), "{}", self.screen);
            match self.seen.recv_timeout(Duration::from_millis(100)) {
                Ok(bytes) => self.screen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => {
                    if let Some(status) = self.child.try_wait().unwrap() {
                        return (pressed, status.code());
                    }
                }
            }
            if self.screen.matches(PROMPT).count() > pressed {
                pressed += 1;
                look(pressed);
                self.keys.write_all(keys.as_bytes()).unwrap();
            }
        }
    }
}
