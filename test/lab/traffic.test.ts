import { describe, expect, it } from 'vitest';
import { flowsOf, MODEST, sendTraffic } from '../../src/lab/traffic.js';
import { labDescribe, says, theLab } from './rig.js';

describe('flowsOf', () => {
  it('chooses the same pairs for the same seed, and others for another', () => {
    expect(flowsOf(MODEST)).toEqual(flowsOf(MODEST));
    expect(flowsOf({ ...MODEST, seed: 'other' })).not.toEqual(flowsOf(MODEST));
    expect(flowsOf(MODEST)).toHaveLength(100);
    expect(flowsOf(MODEST)[0]).toMatchObject({
      source: expect.stringMatching(/^10\.198\.1\./),
      destination: expect.stringMatching(/^10\.198\.2\./),
    });
  });
});

/** The howto's filter: of all packets those whose address halves, added, leave `rest` when divided by `of`. */
const share = (rest: number, of: number) => `(ip[14:2]+ip[18:2]) - (${of}*((ip[14:2]+ip[18:2])/${of})) == ${rest}`;
const lowHalf = (address: string) =>
  address
    .split('.')
    .map(Number)
    .slice(2)
    .reduce((high, low) => high * 256 + low);

labDescribe('traffic on the mirrored link', () => {
  const { lab } = theLab('manager', 'node1', 'node2', 'node3');
  const traffic = { flows: 60, packets: 20, size: 300, rate: 3000, seed: 'shares' };

  it('is seen whole by every eth4, and in shares through the howto’s filters', {
    retry: 2,
    timeout: 120_000,
  }, async () => {
    const workers = ['node1', 'node2', 'node3'];
    await Promise.all(workers.map(host => says(lab(), host, 'apt-get install -y -q tcpdump')));
    const watch = (
      filter: string,
    ) => `tcpdump -i eth4 -nn -l -q --immediate-mode '${filter}' </dev/null >seen 2>said & echo $! >pid
      until grep -q listening said; do sleep 0.05; done`;
    const count =
      'sleep 0.5; kill $(cat pid); while kill -0 $(cat pid) 2>/dev/null; do sleep 0.05; done; grep -c UDP seen';
    const counter = (host: string) => says(lab(), host, 'cat /sys/class/net/eth4/statistics/rx_packets').then(Number);
    const before = await Promise.all(workers.map(counter));
    await Promise.all(workers.map((host, i) => says(lab(), host, watch(`udp port 9 and ${share(i, 3)}`))));
    const flows = await sendTraffic(lab(), traffic);
    const wanted = workers.map((_, i) =>
      flows
        .filter(({ source, destination }) => (lowHalf(source) + lowHalf(destination)) % 3 === i)
        .reduce((sum, flow) => sum + flow.packets, 0),
    );
    expect(wanted.reduce((a, b) => a + b)).toBe(1200);
    expect(await Promise.all(workers.map(host => says(lab(), host, count).then(Number)))).toEqual(wanted);
    const after = await Promise.all(workers.map(counter));
    workers.forEach((host, i) => {
      expect(after[i]! - before[i]!, host).toBeGreaterThanOrEqual(1200);
    });
  });
});
