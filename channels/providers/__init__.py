"""What carriers of one provider share, whatever their channel."""
