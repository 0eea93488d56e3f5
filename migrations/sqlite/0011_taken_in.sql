-- In which of Apple's environments a token was taken, where it is not the one that the app named: see model::profile::Device.
ALTER TABLE device ADD COLUMN taken_in TEXT;
