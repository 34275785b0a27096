// node pages.mjs AXE.js PAGE.html ...: hold pages against axe-core in a browser without a window, in light and dark, on
// a wide screen, one of 320 px and paper. Prints what is wrong; exits 1 when there is something.
// Chromium is spoken to through the pipe of its DevTools protocol, so that nothing but axe-core is installed.
// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [axePath, ...pages] = process.argv.slice(2);
const axe = readFileSync(axePath, 'utf8');
const browser = spawn(process.env.CHROMIUM ?? 'chromium',
    ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe',
        `--user-data-dir=${process.env.PROFILE_DIR}`],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
const waiting = new Map();
let last = 0;
let rest = '';

browser.on('error', () => process.exit(77));
browser.stdio[4].on('data', (data) => {
    const messages = (rest + data).split('\0');
    rest = messages.pop();
    for (const m of messages.map((text) => JSON.parse(text))) {
        const key = m.id ?? `${m.sessionId}${m.method}`;
        waiting.get(key)?.(m);
        waiting.delete(key);
    }
});
function call(method, params = {}, sessionId = undefined) {
    return new Promise((resolve, reject) => {
        waiting.set(++last, (m) => (m.error ? reject(new Error(m.error.message)) : resolve(m.result)));
        browser.stdio[3].write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
    });
}

const views = [
    { name: 'wide', width: 1100, media: '', scheme: 'light' },
    { name: 'wide, dark', width: 1100, media: '', scheme: 'dark' },
    { name: '320 px', width: 320, media: '', scheme: 'light' },
    { name: 'paper', width: 720, media: 'print', scheme: 'light' },
];
// What axe-core says, and whether the page is wider than the screen.
const look = `axe.run(document, { resultTypes: ['violations'] }).then((r) => JSON.stringify({
    wrong: r.violations.map((v) => v.id + ' (' + v.impact + '): ' + v.help + ': ' + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')),
    over: document.documentElement.scrollWidth - document.documentElement.clientWidth }))`;

let wrong = 0;
for (const page of pages) {
    const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
    for (const view of views) {
        await call('Emulation.setDeviceMetricsOverride',
            { width: view.width, height: 900, deviceScaleFactor: 1, mobile: false }, sessionId);
        await call('Emulation.setEmulatedMedia',
            { media: view.media, features: [{ name: 'prefers-color-scheme', value: view.scheme }] }, sessionId);
        await call('Page.enable', {}, sessionId);
        const loaded = new Promise((resolve) => waiting.set(`${sessionId}Page.loadEventFired`, resolve));
        await call('Page.navigate', { url: pathToFileURL(page).href }, sessionId);
        await loaded;
        await call('Runtime.evaluate', { expression: axe }, sessionId);
        const r = await call('Runtime.evaluate', { expression: look, awaitPromise: true, returnByValue: true }, sessionId);
        if (r.exceptionDetails) {
            throw new Error(r.exceptionDetails.exception.description);
        }
        const found = JSON.parse(r.result.value);
        if (found.over > 0 && view.media === '') {
            found.wrong.push(`the page is ${found.over} px wider than the screen`);
        }
        for (const line of found.wrong) {
            console.log(`${page} (${view.name}): ${line}`);
        }
        wrong += found.wrong.length;
    }
    await call('Target.closeTarget', { targetId });
}
const gone = new Promise((resolve) => browser.on('exit', resolve));
await call('Browser.close').catch(() => {});
await gone;
console.log(`${pages.length} pages, ${wrong} faults`);
process.exit(wrong > 0 ? 1 : 0);
