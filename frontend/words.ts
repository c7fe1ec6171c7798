// The words that scripts say. Both languages stand side by side, so that the type checker finds one
// that is missing; the page's own words come from the server's catalogues.

const WORDS = {
  shortcuts: { zh: "键盘快捷键", en: "Keyboard shortcuts" },
  thisHelp: { zh: "显示本说明", en: "Show this help" },
  nextRow: { zh: "下一行", en: "Next row" },
  previousRow: { zh: "上一行", en: "Previous row" },
  openRow: { zh: "打开", en: "Open" },
  chooseRow: { zh: "选中或取消选中", en: "Choose, or not" },
  send: { zh: "提交所在表单", en: "Send the form" },
  templates: { zh: "插入常用语", en: "Put in a template" },
  mention: { zh: "提醒人员或单位", en: "Name somebody or a unit" },
  leaveField: { zh: "离开输入框", en: "Leave the field" },
  newCases: { zh: "件新案件", en: "new cases" },
  changed: { zh: "刚刚有变动", en: "Changed just now" },
  moved: { zh: "案件已有变动：", en: "This case has moved on:" },
  looking: { zh: "也在查看本案", en: "is looking at it too" },
  close: { zh: "关闭", en: "Close" },
  offline: {
    zh: "网络已断开。已填写的内容保留在本页，恢复后可继续提交。",
    en: "The connection is lost. What you typed is kept on this page; submit again once it is back.",
  },
  failed: {
    zh: "服务器没有应答，刚才的操作可能没有完成。",
    en: "The server did not answer; the last step may not have been carried out.",
  },
  restored: { zh: "已恢复未提交的内容。", en: "What you had not submitted was restored." },
  discard: { zh: "清除", en: "Discard" },
  mapFailed: { zh: "地图数据没有取到，移动地图可重试。", en: "The map's data did not arrive; move the map to try again." },
  pictureFailed: { zh: "图片没有生成，请改用导出 Excel。", en: "The picture could not be made; export Excel instead." },
  items: { zh: "件", en: "items" },
  late: { zh: "超时", en: "late" },
  position: { zh: "所选位置，可拖动", en: "Chosen position, can be dragged" },
  noPosition: { zh: "没有取得当前位置，请在地图上点选。", en: "Your position could not be found; choose it on the map." },
  photo: { zh: "照片", en: "Photograph" },
  notAPhoto: { zh: "不是照片", en: "is not a photograph" },
  tooLarge: { zh: "超过大小上限", en: "is larger than" },
  tooMany: { zh: "照片数量上限：", en: "Photographs at most: " },
} as const;

/** The page's language: Chinese unless the page says otherwise. */
function language(): "zh" | "en" {
  return document.documentElement.lang.startsWith("en") ? "en" : "zh";
}

/** One of the words above in the page's language. */
export function word(name: keyof typeof WORDS): string {
  return WORDS[name][language()];
}
