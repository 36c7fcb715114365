use super::*;
use proptest::prelude::*;

/// The text with `***` for each secret.
fn masked(text: &str) -> String {
    let mut masked = text.to_owned();
    for (_, value) in NamedValues::new(text).secrets.into_iter().rev() {
        masked.replace_range(value, "***");
    }
    masked
}

#[test]
fn secrets_are_found_in_every_way_to_write_them() {
    for (text, expected) in [
        ("a=1&client_secret=can~ary,1&b=2", "a=1&client_secret=***&b=2"),
        ("user[password]=canary&user%5Bnew_password%5D=canary", "user[password]=***&user%5Bnew_password%5D=***"),
        ("https://svc:canary@graph.microsoft.com/v1.0/me", "https://svc:***@graph.microsoft.com/v1.0/me"),
        ("Endpoint=sb://x/;SharedAccessKey=canary==;Name=y", "Endpoint=sb://x/;SharedAccessKey=***;Name=y"),
        ("<o:Password Type=\"x\">canary</o:Password>", "<o:Password Type=\"x\">***</o:Password>"),
        ("<p:secret><![CDATA[canary]]></p:secret><n>1</n>", "<p:secret><![CDATA[***]]></p:secret><n>1</n>"),
        (
            "<t:RequestedSecurityToken><a><b>canary</b></a></t:RequestedSecurityToken>",
            "<t:RequestedSecurityToken>***</t:RequestedSecurityToken>",
        ),
        (
            "<input type=\"hidden\" name=\"SAMLResponse\" value=\"canary=\"/>",
            "<input type=\"hidden\" name=\"SAMLResponse\" value=\"***\"/>",
        ),
        (
            "<input value='canary' name='passwd'><input value='kept'>",
            "<input value='***' name='passwd'><input value='kept'>",
        ),
        (
            "<textarea rows=2 name=\"password\">canary</textarea><textarea name=a>kept</textarea>",
            "<textarea rows=2 name=\"password\">***</textarea><textarea name=a>kept</textarea>",
        ),
        ("<input type=password value=canary>", "<input type=password value=***>"),
        ("<meta name=\"csrf-token\" content=\"canary\">", "<meta name=\"csrf-token\" content=\"***\">"),
        (
            "<add key=\"ClientSecret\" value=\"canary\" /><add key=\"a\" value=\"b\" />",
            "<add key=\"ClientSecret\" value=\"***\" /><add key=\"a\" value=\"b\" />",
        ),
        ("$Config={\"sFT\":\"canary\",\"a\":1};", "$Config={\"sFT\":\"***\",\"a\":1};"),
        ("var o = {clientSecret : 'canary', name: 'x'}", "var o = {clientSecret : '***', name: 'x'}"),
        ("const password = `canary`;", "const password = `***`;"),
        ("x({\"pin\": 12345, \"password\":{\"value\":[\"canary\"]}})", "x({\"pin\": ***, \"password\":***})"),
        ("x = \"{\\\"password\\\":\\\"canary\\\",\\\"a\\\":1}\"", "x = \"{\\\"password\\\":\\\"***\\\",\\\"a\\\":1}\""),
        ("{name: \"refresh_token\", value: \"canary\"}", "{name: \"refresh_token\", value: \"***\"}"),
        (
            "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\ncan\r\nary\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--",
            "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n***\r\n--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--",
        ),
        ("GET /me HTTP/1.1\r\nCookie: sid=canary; a=b\r\nHost: x", "GET /me HTTP/1.1\r\nCookie: ***\r\nHost: x"),
        ("/cb?code=4/0AbCdEfGhIjKlMn12&state=1", "/cb?code=***&state=1"),
        ("a:\n  client_secret: canary1\n  b: c\n", "a:\n  client_secret: ***\n  b: c\n"),
        ("Your password: canary-1", "Your password: ***"),
        ("window.x[\"password\"] = \"canary\";", "window.x[\"password\"] = \"***\";"),
        (
            "<dict><key>password</key>\n<string>canary</string><key>a</key><string>b</string>",
            "<dict><key>password</key>\n<string>***</string><key>a</key><string>b</string>",
        ),
        ("var a; this.token = n; x=\"/y?token=canary12\"", "var a; this.token = n; x=\"/y?token=***\""),
    ] {
        assert_eq!(masked(text), expected);
    }
}

#[test]
fn what_only_reads_like_a_secret_is_left() {
    for text in [
        "/me/drive/root/delta(token='latest')",
        "/drive/root/delta?token=aTE09OzE7MTs",
        "/drive/root/delta?$top=5&token=aTE09OzE7MTs&$select=id",
        "\"drive/root/microsoft.graph.delta()?token=aTE09OzE7MTs\"",
        "?$skiptoken=RFNwdAIAAQ&$top=1",
        "if (token == x)",
        "r.token=e.token||null",
        "password: must have eight characters",
        "https://x/y?a=b@c",
        "mailto:a@b.com",
        "<label>Password</label>",
        "<password/>",
        "secret=<redacted>&sig=%3Credacted%3E",
        "password=[REDACTED]&token=***",
        "12:30:00",
        "<input name=\"passwd\" value=\"\">",
        "<textarea name=\"password\"></textarea><p>text</p>",
        "<textarea name=\"password\">",
        "{\"token\": null, \"password\": true}",
        "https://graph.microsoft.com:443/v1.0/me",
        "token: string\npassword: {type: string}\n",
        "password: ${PASSWORD}",
        "<Member Name=\"password\" Value=\"3\"/><EnumMember Name=\"token\" Value=\"1\"/>",
        "<key>password</key><string></string>",
        "var token=\"token\";const PASSWORD='password';m.refreshToken=f(q);a.apiKey=process.env.KEY;",
    ] {
        assert_eq!(masked(text), text);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in "([a-z<>=:&%'\"\\\\/@{}\\[\\] \n-]|\\PC|password|name=|value=|%3D|%25|https://|form-data){0,24}") {
        let found = NamedValues::new(&text);
        for (_, value) in found.secrets {
            prop_assert!(text.get(value).is_some());
        }
    }
}
