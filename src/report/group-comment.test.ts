import { describe, expect, it } from 'vitest';
import { groupComment } from './group-comment.ts';
import { reportOf } from './report.ts';
import { aRecording } from './testing/recordings.ts';

describe('the summary of a group', () => {
  const report = reportOf(aRecording('failing'));

  it('is a row for each release, with its page, and one for who was not released', () => {
    const text = groupComment('shop', [
      { rollout: 'web', told: { report, page: 'web-1.html' } },
      { rollout: 'worker' },
    ]);
    const { requests, errors } = report.summary.served?.candidate ?? {};
    expect(text.split('\n').slice(0, 1)).toEqual(['### shop, released as one']);
    expect(text).toContain(
      `| web | 1 | rolled back | 18s | ${requests} | ${errors} | [page](web-1.html) |\n`,
    );
    expect(text).toContain('| worker | – | not released | – | – | – | – |\n');
  });

  it('takes what users write for text', () => {
    const text = groupComment('@all', [{ rollout: 'a | [b](c)' }]);
    expect(text).not.toMatch(/@all|[^\\]\[b\]|a \|/);
  });
});
