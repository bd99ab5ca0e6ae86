// A part of the page that may lie ready out of sight: laid out and its clip loaded, but not in the document, so that neither
// keys nor readers of the screen find it. Shown, it moves to its place as it is.
import { computed } from "vue";

export default {
  template: `<teleport :to="aside" :disabled="shown"><slot></slot></teleport>`,
  inheritAttrs: false,
  props: { shown: Boolean },
  provide() {
    return { inSight: computed(() => this.shown) };
  },
  created() {
    this.aside = document.createElement("div");
  },
};
