//! Bodies of requests that come from a file beside the feature.

use graphwalk_client::FileBody;
use serde_json::Value;

use super::{Call, Failure, Session};

impl Session {
    /// A call with a file as its body, named by its path from the folder of the feature on. What it is, is said by a header
    /// `Content-Type` of the call, else by the end of its name.
    ///
    /// JSON becomes the call's JSON body, as it stands: no names are filled in.
    ///
    /// # Errors
    ///
    /// A failure if there is no such file in the folder, or it should be JSON and is none.
    pub fn file_body(&self, mut call: Call, file: &str) -> Result<Call, Failure> {
        let bytes = self.files.read(file).map_err(|error| {
            Failure::new("file", error.to_string())
                .focus(file, "cannot be sent")
                .help("put the file into the folder of the feature, and name it by its path from there")
        })?;
        let is_type = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-type");
        let told = call.headers.iter().position(is_type).map(|index| call.headers.remove(index).1);
        let media_type =
            told.unwrap_or_else(|| mime_guess::from_path(file).first_or_octet_stream().essence_str().to_owned());
        match serde_json::from_slice::<Value>(&bytes) {
            // Whatever it is called: what a JSON body does can be judged before it is sent.
            Ok(json @ (Value::Object(_) | Value::Array(_))) => call.body = Some(json),
            Err(error) if media_type.to_ascii_lowercase().contains("json") => {
                return Err(Failure::new("file", format!("{file} is not JSON: {error}")).focus(file, "not JSON"));
            }
            Ok(_) | Err(_) => call.file = Some(FileBody { media_type, bytes: bytes.into() }),
        }
        Ok(call)
    }
}
