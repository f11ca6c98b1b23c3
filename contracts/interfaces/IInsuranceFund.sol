// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the waterfall asks of the insurance fund
interface IInsuranceFund {
    /// @notice Pays up to `amount` of a deficit from the fund's account, within the market's and the fund's limits.
    /// @dev Only payers (the engine and the queue). Never reverts for want of money: it pays what it can.
    /// @param account the account made whole; nothing is paid to the fund's own
    /// @param amount quote, WAD
    /// @return paid quote, WAD, at most `amount`
    function pay(uint8 market, uint32 account, uint256 amount) external returns (uint256 paid);

    /// @notice The most a single deficit in a market could be paid now, quote, WAD.
    function available(uint8 market) external view returns (uint256);
}
