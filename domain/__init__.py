"""The words of Mắt Thần: values, contracts and errors that every other room shares."""
