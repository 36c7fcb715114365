//! What stands between the program and the tenant, and counts, refuses and kills.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// When something happens, of one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the tenant has the request.
    Before,
    /// After the request had its effect, and before the program has the answer.
    Done,
    /// After the program has the answer.
    Answered,
}

/// What is done to the program at a moment; whether it is dead then.
pub type Blow = fn(&mut Child) -> bool;

/// SIGKILL.
pub fn kill(child: &mut Child) -> bool {
    let _ = child.kill();
    true
}

/// SIGINT, as Ctrl-C sends it.
pub fn interrupt(child: &mut Child) -> bool {
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    false
}

/// What answers a request, or lets the connection end.
pub type Respond = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What is done with a request.
pub enum Deed {
    /// The tenant answers it.
    Forward,
    /// Nobody does: the connection ends.
    Cut,
    /// Nobody does, and later connections are refused.
    Die,
    /// This is the answer, whole; the tenant does not have the request.
    Answer(String),
    /// These bytes are the answer, whole.
    Raw(Arc<[u8]>),
    /// The answer is made of the whole request; the tenant does not have it.
    Respond(fn(&str) -> String),
    /// The same of what remembers; nobody has the answer if there is none.
    Ask(Respond),
    /// The tenant answers it, and nobody has the answer.
    Lose,
    /// The tenant gets it twice, and this is the second answer.
    Twice,
    /// The tenant answers it, and this is made of the whole request and the answer.
    Rewrite(fn(&str, String) -> String),
    /// The tenant answers it, and the answer comes so much later.
    Late(Duration),
}

/// Decides what is done with a request, by its method and path.
type Decide = Box<dyn Fn(&str) -> Deed + Send + Sync>;

/// A proxy on loopback.
pub struct Proxy {
    pub url: String,
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    tenant: SocketAddr,
    /// Method and path of every request, in order.
    requests: Mutex<Vec<String>>,
    /// The same, whole.
    sent: Mutex<Vec<String>>,
    /// Every answer, whole.
    answered: Mutex<Vec<String>>,
    decide: Decide,
    down: AtomicBool,
    blow: Option<(usize, Moment, Blow)>,
    child: Mutex<Option<Child>>,
    is_there: Condvar,
}

impl Proxy {
    /// A proxy that strikes at the exchange of that number, counted from 1.
    pub fn start(tenant: SocketAddr, blow: Option<(usize, Moment, Blow)>) -> Self {
        Self::new(tenant, blow, Box::new(|_| Deed::Forward))
    }

    /// A proxy that does with each request what `decide` says.
    pub fn deciding(tenant: SocketAddr, decide: impl Fn(&str) -> Deed + Send + Sync + 'static) -> Self {
        Self::new(tenant, None, Box::new(decide))
    }

    /// Both.
    pub fn striking(
        tenant: SocketAddr,
        blow: (usize, Moment, Blow),
        decide: impl Fn(&str) -> Deed + Send + Sync + 'static,
    ) -> Self {
        Self::new(tenant, Some(blow), Box::new(decide))
    }

    fn new(tenant: SocketAddr, blow: Option<(usize, Moment, Blow)>, decide: Decide) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            tenant,
            requests: Mutex::default(),
            sent: Mutex::default(),
            answered: Mutex::default(),
            down: AtomicBool::new(false),
            decide,
            blow,
            child: Mutex::default(),
            is_there: Condvar::new(),
        });
        shared.listen(listener);
        Self { url: format!("http://{address}"), address, shared }
    }

    /// Opens the port again that [`Deed::Die`] closed.
    pub fn revive(&self) {
        if self.shared.down.swap(false, Ordering::Relaxed) {
            self.shared.listen(TcpListener::bind(self.address).unwrap());
        }
    }

    /// Watches the program, which this strikes.
    pub fn watch(&self, child: Child) {
        *self.shared.child.lock().unwrap() = Some(child);
        self.shared.is_there.notify_all();
    }

    /// The exit code of the program, once it has ended; none if it was killed.
    pub fn wait(&self) -> Option<i32> {
        loop {
            if let Some(status) = self.shared.child.lock().unwrap().as_mut().unwrap().try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Method and path of every request so far.
    pub fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Every answer so far, with its head and its body.
    pub fn answered(&self) -> Vec<String> {
        self.shared.answered.lock().unwrap().clone()
    }

    /// Every request so far, with its head and its body.
    pub fn sent(&self) -> Vec<String> {
        self.shared.sent.lock().unwrap().clone()
    }
}

impl Shared {
    /// Serves each connection in a thread of its own, until somebody takes the port down.
    fn listen(self: &Arc<Self>, listener: TcpListener) {
        let serving = Arc::clone(self);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if serving.down.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&serving);
                let own = listener.local_addr().unwrap();
                std::thread::spawn(move || shared.serve(stream, own));
            }
        });
    }

    fn serve(&self, mut stream: TcpStream, own: SocketAddr) {
        let Some(request) = read_request(&mut stream) else { return };
        let line = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
        let number = self.number(line.trim_end_matches(" HTTP/1.1"));
        if self.strike(number, Moment::Before) {
            return;
        }
        self.sent.lock().unwrap().push(String::from_utf8_lossy(&request).into_owned());
        let answer = match (self.decide)(line.trim_end_matches(" HTTP/1.1")) {
            Deed::Forward => self.forward(&request),
            Deed::Cut => return,
            Deed::Lose => {
                self.forward(&request);
                return;
            }
            Deed::Twice => {
                self.forward(&request);
                self.forward(&request)
            }
            Deed::Die => {
                self.down.store(true, Ordering::Relaxed);
                // The listener sees it when somebody connects.
                let _ = TcpStream::connect(own);
                return;
            }
            Deed::Answer(answer) => answer.into_bytes(),
            Deed::Raw(bytes) => bytes.to_vec(),
            Deed::Respond(respond) => respond(&String::from_utf8_lossy(&request)).into_bytes(),
            Deed::Ask(respond) => match respond(&String::from_utf8_lossy(&request)) {
                Some(answer) => answer.into_bytes(),
                None => return,
            },
            Deed::Rewrite(rewrite) => {
                let answer = String::from_utf8(self.forward(&request)).unwrap();
                rewrite(&String::from_utf8_lossy(&request), answer).into_bytes()
            }
            Deed::Late(by) => {
                std::thread::sleep(by);
                self.forward(&request)
            }
        };
        if self.strike(number, Moment::Done) {
            return;
        }
        self.answered.lock().unwrap().push(String::from_utf8_lossy(&answer).into_owned());
        let _ = stream.write_all(&answer);
        drop(stream);
        self.strike(number, Moment::Answered);
    }

    /// The number of a request. All that is read before the first write is the first exchange: how much the doctor looks at
    /// beforehand changes no number.
    fn number(&self, line: &str) -> usize {
        let mut requests = self.requests.lock().unwrap();
        let reads = line.starts_with("GET ");
        if reads && requests.len() == 1 {
            requests.pop();
        }
        if !reads && requests.is_empty() {
            requests.push(String::new());
        }
        requests.push(line.to_owned());
        requests.len()
    }

    /// Strikes, if it is the moment; whether the program is dead, and hears nothing any more.
    fn strike(&self, number: usize, moment: Moment) -> bool {
        let Some((at, when, blow)) = self.blow else { return false };
        if (at, when) != (number, moment) {
            return false;
        }
        let child = self.child.lock().unwrap();
        let mut child = self.is_there.wait_while(child, |child| child.is_none()).unwrap();
        blow(child.as_mut().unwrap())
    }

    fn forward(&self, request: &[u8]) -> Vec<u8> {
        let end = request.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let mut sent = request[..end].to_vec();
        sent.extend_from_slice(b"\r\nconnection: close");
        sent.extend_from_slice(&request[end..]);
        let mut tenant = TcpStream::connect(self.tenant).unwrap();
        tenant.write_all(&sent).unwrap();
        let mut answer = Vec::new();
        let _ = tenant.read_to_end(&mut answer);
        answer
    }
}

/// An answer of something that is not Graph: a page.
pub fn page(status: &str) -> String {
    let body = format!("<html><body><h1>{status}</h1></body></html>");
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// An answer with a JSON body; each of `headers` ends with a line break.
pub fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}connection: close\r\n\r\n{body}"
    )
}

/// A server that answers every request with what `respond` makes of it; its address.
pub fn answering(respond: impl Fn(&str) -> String + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let request = read_request(&mut stream).unwrap_or_default();
            let _ = stream.write_all(respond(&String::from_utf8_lossy(&request)).as_bytes());
        }
    });
    address
}

/// Head and body of a request; nothing if the connection ends before.
fn read_request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).map(str::trim);
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if bytes.len() >= end + 4 + length {
                return Some(bytes);
            }
        }
        let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
    }
}
