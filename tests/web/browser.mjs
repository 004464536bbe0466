// SPDX-License-Identifier: Apache-2.0
// A headless Chromium by WebDriver, as chromedriver speaks it.
import { spawn } from 'node:child_process';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

export class Browser {
    static async start() {
        const browser = new Browser();
        browser.driver = spawn('chromedriver', ['--port=0'], { stdio: ['ignore', 'pipe', 'ignore'] });
        const port = await new Promise((resolve, reject) => {
            let said = '';
            browser.driver.on('error', reject);
            browser.driver.on('exit', () => reject(new Error(`chromedriver ended: ${said}`)));
            browser.driver.stdout.on('data', (text) => {
                said += text;
                const found = /successfully on port (\d+)/.exec(said);
                if (found)
                    resolve(Number(found[1]));
            });
        });
        browser.address = `http://127.0.0.1:${port}`;
        const { sessionId } = await browser.send('POST', '/session', { capabilities: { alwaysMatch: {
            browserName: 'chrome',
            'goog:loggingPrefs': { performance: 'ALL', browser: 'ALL' },
            'goog:chromeOptions': { args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
                '--window-size=1200,900'] },
        } } });
        browser.address += `/session/${sessionId}`;
        return browser;
    }

    async send(method, path, body) {
        const response = await fetch(this.address + path, { method, body: method === 'POST' ? JSON.stringify(body || {}) : undefined });
        const { value } = await response.json();
        if (value && value.error)
            throw new Error(`${method} ${path}: ${value.message.split('\n')[0]}`);
        return value;
    }

    open(url) {
        return this.send('POST', '/url', { url });
    }

    /** A function of the page, without what is around it here. */
    run(f, ...args) {
        return this.send('POST', '/execute/sync', { script: `return (${f}).apply(null, arguments)`, args });
    }

    async find(selector) {
        return (await this.send('POST', '/element', { using: 'css selector', value: selector }))[ELEMENT];
    }

    async click(selector) {
        return this.send('POST', `/element/${await this.find(selector)}/click`);
    }

    /** Into an input; of files: their paths. */
    async type(selector, text) {
        return this.send('POST', `/element/${await this.find(selector)}/value`, { text });
    }

    async wait(what, f, ...args) {
        for (let began = Date.now(); Date.now() - began < 120000;) {
            if (await this.run(f, ...args))
                return;
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error(`the page did not come to: ${what}`);
    }

    tool(cmd, params) {
        return this.send('POST', '/goog/cdp/execute', { cmd, params });
    }

    async size(width, height, dark = false) {
        await this.tool('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 });
        await this.tool('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
    }

    /** All of the page, as PNG. */
    async picture() {
        const { data } = await this.tool('Page.captureScreenshot', { captureBeyondViewport: true });
        return Buffer.from(data, 'base64');
    }

    log(type) {
        return this.send('POST', '/se/log', { type });
    }

    async end() {
        await this.send('DELETE', '').catch(() => {});
        this.driver.removeAllListeners('exit');
        this.driver.kill();
    }
}
