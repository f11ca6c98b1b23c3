// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {FixedMath} from "../libraries/FixedMath.sol";
import {Account} from "../types/Account.sol";
import {Ledger} from "../types/Ledger.sol";
import {CashLogic} from "./CashLogic.sol";
import {ClosedProfitLogic} from "./ClosedProfitLogic.sol";

/// @title Whether there is closed profit to look at
/// @notice A bitmap in the account tells where it has any. Without, no other slot is read and nothing is called.
library ReachLogic {
    using CashLogic for Account;

    /// @notice Whether any of the account's closed profit may be in reach of a charge, or is not settled.
    function any(Account storage account) internal view returns (bool) {
        return account.closedProfit != 0;
    }

    /// @notice The same of one market.
    function anyIn(Account storage account, uint8 market) internal view returns (bool) {
        return account.closedProfit & (0x10001 << market) != 0;
    }

    /// @notice What an account owes of charges, quote, WAD.
    function owedBy(Ledger storage ledger, uint32 account) internal view returns (int256) {
        if (!any(ledger.accounts[account])) return 0;
        (uint256 owed, ) = ClosedProfitLogic.standingOf(ledger, account);
        return int256(owed);
    }

    /// @notice Cash as settling charges would leave it, and what of it cannot leave: it matures, or a charge may reach it. Quote, WAD.
    /// @return cash rounded down
    /// @return locked rounded up
    function cashOf(Ledger storage ledger, uint32 account) internal view returns (int256 cash, uint256 locked) {
        Account storage data = ledger.accounts[account];
        (cash, locked) = (data.cash, data.maturingWad());
        if (!any(data)) return (cash, locked);
        (uint256 owed, uint256 reachable) = ClosedProfitLogic.standingOf(ledger, account);
        cash -= int256(owed);
        locked = FixedMath.max(reachable, Math.saturatingSub(locked, owed));
    }

    /// @notice After cash was lost or paid away: closed profit it no longer covers is none.
    function trim(Ledger storage ledger, uint32 account) internal {
        if (any(ledger.accounts[account])) ClosedProfitLogic.trim(ledger, account, ledger.maturity, false);
    }

    /// @notice Of an account whose deficit others are about to pay no closed profit is left.
    function forfeit(Ledger storage ledger, uint32 account) internal {
        if (any(ledger.accounts[account])) ClosedProfitLogic.trim(ledger, account, ledger.maturity, true);
    }

    /// @notice Takes what an account owes of charges out of its cash.
    function settle(Ledger storage ledger, uint32 account) internal {
        if (any(ledger.accounts[account])) ClosedProfitLogic.settleAll(ledger, account);
    }
}
