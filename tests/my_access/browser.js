// Adele in a real browser: signs in with the link, answers, changes nothing more. Arguments: the link, the words, a folder for
// pictures, playwright-core, axe.min.js. Prints what it saw as JSON.
const [link, words, folder, playwright, axe] = process.argv.slice(2);
const { chromium } = require(playwright);

(async () => {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const seen = { console: [], violations: [], pictures: [] };
  // The pages work without any script.
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  page.on('console', message => seen.console.push(message.text()));
  page.on('requestfailed', request => seen.console.push(`failed: ${request.url().split('?')[0]}`));

  // Looks at what is there now: pictures of every size and scheme, and axe-core, which needs scripts and so a window of its own.
  const look = async name => {
    const html = await page.content();
    for (const [width, colorScheme] of [[1000, 'light'], [1000, 'dark'], [320, 'light'], [320, 'dark']]) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      const path = `${folder}/${name}-${width}-${colorScheme}.png`;
      await page.screenshot({ path, fullPage: true });
      seen.pictures.push(path);
    }
    const scripted = await browser.newContext({ bypassCSP: true });
    const window = await scripted.newPage();
    await window.route('**/*', route => route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }));
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [1000, 320]) {
        await window.setViewportSize({ width, height: 900 });
        await window.emulateMedia({ colorScheme });
        await window.goto('http://looked-at.example/');
        await window.addScriptTag({ path: axe });
        const found = await window.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
        const wide = await window.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
        seen.violations.push(...found.violations.map(v => `${name} ${width} ${colorScheme}: ${v.id}: ${v.nodes[0].html}`));
        if (wide) seen.violations.push(`${name} ${width} ${colorScheme}: wider than the window`);
      }
    }
    await scripted.close();
  };

  await page.goto(link.split('/link')[0]);
  await look('sign-in');
  await page.goto(link);
  await look('link');
  await page.getByRole('button', { name: 'Sign in as' }).click();
  await look('list');
  await page.getByRole('link', { name: /^Answer/ }).click();
  await look('form');
  await page.getByLabel('Yes').check();
  await page.getByRole('button', { name: 'Send answer' }).click();
  seen.refused = await page.getByRole('alert').textContent();
  await look('refused');
  await page.getByLabel('Reason').fill(words);
  const address = page.url();
  // Another page, at another address, sends the same form: the browser tells.
  const other = await context.newPage();
  await other.route('http://elsewhere.example/', route => route.fulfill({
    contentType: 'text/html', body: `<form method="post" action="${address}"><input name="decision" value="Deny"><button>Send</button></form>`,
  }));
  await other.goto('http://elsewhere.example/');
  const [answered] = await Promise.all([other.waitForResponse(response => response.url() === address), other.click('button')]);
  seen.foreign = answered.status();
  await other.close();
  seen.cookies = (await context.cookies()).map(({ httpOnly, sameSite, path }) => ({ httpOnly, sameSite, path }));
  await page.getByRole('button', { name: 'Send answer' }).click();
  seen.recorded = await page.getByRole('status').textContent();
  await look('recorded').catch(error => seen.console.push(`after the answer: ${error.message}`));
  console.log(JSON.stringify(seen));
  await browser.close();
})().catch(error => { console.error(error); process.exit(1); });
