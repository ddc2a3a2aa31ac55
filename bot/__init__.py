"""phonedesk: a support chatbot that looks after the mobile phone bound to an account."""
