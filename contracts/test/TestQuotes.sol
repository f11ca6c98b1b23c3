// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title An order book reduced to the prices it shows, to drive the mark through any sequence of them
contract TestQuotes {
    struct Shown {
        uint256 bid;
        uint256 ask;
        uint256 last;
        uint256 impactBid;
        uint256 impactAsk;
    }

    Shown private _shown;

    /// @notice Sets what is shown, in every market. Anyone.
    function show(Shown calldata shown) external {
        _shown = shown;
    }

    function quotes(uint8) external view returns (uint256, uint256, uint256) {
        return (_shown.bid, _shown.ask, _shown.last);
    }

    function impactPrices(uint8, uint256, uint256) external view returns (uint256, uint256) {
        return (_shown.impactBid, _shown.impactAsk);
    }
}
