"""Those who only wait: of a long line nearly all, whom statistics neither read nor count one by one."""
