// The dashboard by Playwright: drive.mjs ORIGIN TOKEN CHROMIUM SHOTS. Says "weaken" when the second target shall change, and goes
// on after a line on standard input. One line a step.
import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert';
import { once } from 'node:events';
import { chromium } from 'playwright-core';

const [origin, token, executablePath, shots] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });

async function step(name, what) {
  await what();
  console.log(`ok ${name}`);
}

async function page(look) {
  const one = await (await browser.newContext(look)).newPage();
  await one.goto(`${origin}/login`);
  await one.getByLabel(/token/i).fill(token);
  await one.getByRole('button', { name: 'Sign in' }).click();
  await one.waitForURL(`${origin}/`);
  return one;
}

async function look(name, options) {
  const one = await page(options);
  for (const [part, path] of [['overview', '/'], ['target', '/targets/orders']]) {
    await one.goto(origin + path);
    const { violations } = await new AxeBuilder({ page: one }).analyze();
    assert.deepEqual(violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => v.id), []);
    assert.ok(await one.evaluate(() => document.scrollingElement.scrollWidth) <= options.viewport.width);
    if (shots) await one.screenshot({ path: `${shots}/${part}-${name}.png`, fullPage: true });
  }
  await one.context().close();
}

const overview = await page({});
await step('signs in', () => overview.getByRole('link', { name: 'orders' }).first().waitFor());
await step('a change arrives live', async () => {
  const live = await page({});
  await live.goto(`${origin}/targets/billing`);
  assert.equal(await live.getByText('jwt-alg-none').count(), 0);
  console.log('weaken');
  await once(process.stdin, 'data');
  await live.getByRole('button', { name: 'Scan now' }).click();
  await live.getByText('jwt-alg-none').first().waitFor();
  await overview.getByText('1 critical').nth(1).waitFor();
});
await step('filters by severity', async () => {
  await overview.goto(`${origin}/targets/orders`);
  await overview.getByRole('navigation').getByRole('link', { name: 'Low' }).click();
  await overview.waitForURL(/severity=low/);
  assert.equal(await overview.locator('main table').getByText('jwt-alg-none').count(), 0);
});
await step('opens evidence', async () => {
  await overview.goto(`${origin}/targets/orders`);
  await overview.getByRole('link', { name: /alg none/ }).first().click();
  await overview.getByText('alg none, signature empty: accepted').first().waitFor();
});
for (const colorScheme of ['light', 'dark']) {
  for (const [name, width, height] of [['desk', 1280, 800], ['phone', 390, 844]]) {
    await step(`axe-core, ${colorScheme}, ${name}`, () => look(`${colorScheme}-${name}`, { colorScheme, viewport: { width, height } }));
  }
}
await browser.close();
process.exit(0);
