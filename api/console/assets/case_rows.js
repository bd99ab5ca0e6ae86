// The rows of the list. The server sends only what has changed; the rows keep their place and their scroll.
export default {
  template: `
    <div class="mt-rows">
      <div v-if="!order.length" class="mt-hint">{{ words.empty }}</div>
      <button v-for="id in order" :key="id" class="mt-row" :class="{ 'mt-chosen': id === open }" :data-case="id" @click="$emit('open', id)">
        <div class="mt-what">{{ known[id].what }}</div>
        <div class="mt-meta"><div class="mt-where">{{ known[id].where }}</div><div class="mt-badge" :class="known[id].state">{{ known[id].state_word }}</div></div>
        <div class="mt-meta"><div>{{ known[id].at }}</div><div v-if="known[id].files">{{ known[id].files }}</div></div>
      </button>
    </div>`,
  // rows: [[id, {what, where, state, state_word, at, files}]], as the page was made
  props: { rows: Array, chosen: String, words: Object },
  emits: ["open"],
  data() {
    return { known: Object.fromEntries(this.rows), order: this.rows.map(([id]) => id), open: this.chosen };
  },
  methods: {
    // Called from the server: rows that are new or differ, and the ids in order where that has changed.
    patch(changed, order) {
      for (const [id, row] of changed) this.known[id] = row;
      if (!order) return;
      this.order = order;
      const shown = new Set(order);
      for (const id of Object.keys(this.known)) if (!shown.has(id)) delete this.known[id];
    },
    choose(id) {
      this.open = id;
      this.$nextTick(() => this.$el.querySelector(".mt-chosen")?.scrollIntoView({ block: "nearest" }));
    },
  },
};
