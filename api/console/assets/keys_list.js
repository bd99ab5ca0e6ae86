// The keys of a page and what each does.
export default {
  template: `
    <dl class="mt-keys-list">
      <template v-for="(row, i) in rows" :key="i">
        <dt><div v-for="key in row.keys" :key="key" class="mt-key">{{ key }}</div></dt>
        <dd>{{ row.words }}</dd>
      </template>
    </dl>`,
  // rows: [{keys: [text], words}]
  props: { rows: Array },
};
